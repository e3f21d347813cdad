"""Checks that losses, metrics and outputs fit each other; Keras does not report such errors."""

from __future__ import annotations

from typing import Any

from kpipe.keras_internals import stated_from_logits
from kpipe.metrics._class_metric import ClassMetric
from kpipe.spec.node import Node
from kpipe.spec.refusal import refusal
from kpipe.train.objective import loss_and_metric_rules as rules
from kpipe.train.objective.label_form import Form
from kpipe.train.objective.target_rules import ACCURACY, TargetRules


def check_target(own: TargetRules, loss: Any | None, metrics: list[tuple[Any, Node | None]], form: Form) -> None:
    """Check the loss and the metrics of one target.

    Args:
        own: the target, its output and its options.
        loss: the loss of the spec; None for `auto`.
        metrics: the metrics with their nodes.
        form: the form of the labels.

    Raises:
        SpecError: the loss or a metric does not fit the output of the model or the labels.
    """
    _check_shape(own, loss)
    if own.target.task != "regression":
        _check_activation(own, loss, form)
    if loss is not None:
        _check_loss(own, loss, form)
    for metric, node in metrics:
        _check_metric(own, metric, node, form, own.logits(loss))
        _check_distance(own, loss, metric, node)


def _check_shape(own: TargetRules, loss: Any | None) -> None:
    shape = tuple(own.output.shape[1:])
    if loss is not None and (rules.class_name(loss) in rules.FREE_WIDTH or own.has_free_shape):
        return
    if own.target.task == "regression":
        _check_numbers(own, shape)
        return
    steps = own.target.shape if own.target.task == "sequence" else ()
    allowed = [(*steps, own.classes), (*steps, 1)] if own.is_one_unit else [(*steps, own.classes)]
    if len(shape) != len(allowed[0]):
        message = f"wrong shape of the output; expected {_shape(allowed[0])}, got {_shape(shape)}"
        raise own.refusal("model", f"{message}; {_rank_remedy(steps, shape)}")
    if shape[-1] != own.classes and not own.is_one_unit:
        counts = f"expected one for each of {own.classes} classes, got {shape[-1]}"
        message = f"wrong number of output units; {counts}; write {own.units}"
        raise own.refusal("model", message)
    if any(
        given not in (None, wanted) for given, wanted in zip(shape, allowed[0], strict=True) if wanted != own.classes
    ):
        message = f"wrong shape of the output; expected {_shape(allowed[0])}, got {_shape(shape)}"
        raise own.refusal("model", message)


def _rank_remedy(steps: tuple[int, ...], shape: tuple[int | None, ...]) -> str:
    """Return what to change if an output has the wrong number of axes.

    Args:
        steps: the shape of a label, empty unless each label is an array of classes.
        shape: the shape of the output.
    """
    if not steps:
        return "add a pooling layer such as GlobalAveragePooling2D, or Flatten, before the last Dense"
    if steps[-1] == 1 and len(shape) == len(steps):
        return "save the labels without their last axis, which has a size of 1: y[..., 0]"
    return f"each label has the shape {_shape(steps)}, so end the model with these axes and one for the classes"


def _check_numbers(own: TargetRules, shape: tuple[int | None, ...]) -> None:
    wanted = own.target.shape
    if None in shape and len(shape) == len(wanted):
        return
    if None in shape or _size(shape) != _size(wanted):
        message = f"wrong shape of the output; expected {_shape(wanted)} as of each label, got {_shape(shape)}"
        raise own.refusal("model", f"{message}; write units: {_size(wanted)} in the last layer")


def _check_activation(own: TargetRules, loss: Any | None, form: Form) -> None:
    if own.activation == "softmax" and own.output.shape[-1] == 1:
        message = f"softmax over one unit is always 1; use sigmoid, or write {own.units}"
        raise own.refusal("model", message)
    if loss is not None:
        return
    if own.activation == "other":
        message = (
            "auto cannot decide whether the last layer returns logits or probabilities; end the model with a layer "
            "without activation, or with softmax or sigmoid, or write the loss with its from_logits"
        )
        raise own.refusal("loss", message, own.options.loss)
    exclusive = own.is_classes and form != "binary"
    if own.activation == "sigmoid" and exclusive:
        message = (
            f"each sample has one of {own.classes} classes, but sigmoid returns an independent probability for each; "
            "end the model with softmax or without activation, or write loss: BinaryCrossentropy"
        )
        raise own.refusal("model", message)
    if own.activation == "softmax" and own.target.task == "multilabel":
        message = (
            "a sample may have several of these labels, but softmax divides one probability among them; "
            "end the model with sigmoid or without activation"
        )
        raise own.refusal("model", message)


def _check_loss(own: TargetRules, loss: Any, form: Form) -> None:
    name = rules.class_name(loss)
    if own.smoothing and own.target.task != "regression":
        message = (
            f"expected loss: auto with label smoothing, got {name}; write label_smoothing as an argument of {name}"
        )
        raise refusal(own.place, "train.label_smoothing", message)
    if not own.is_classes and rules.expects_sparse(loss):
        raise own.refusal("loss", f"{name} expects class indices, but the labels are numbers", own.options.loss)
    _check_numbers_meaning(own, loss, own.options.loss, "loss", form)


def _check_metric(own: TargetRules, metric: Any, node: Node | None, form: Form, logits: bool | None) -> None:
    if metric == ACCURACY and own.target.task == "regression":
        message = "accuracy expects classes, but this target is a number; write MeanAbsoluteError"
        raise own.refusal("metrics", message, node)
    if isinstance(metric, str):
        return
    name = rules.class_name(metric)
    if not own.is_classes and rules.expects_sparse(metric):
        raise own.refusal("metrics", f"{name} expects class indices, but the labels are numbers", node)
    rank = len(own.output.shape)
    if own.has_class_units and (reason := rules.against_class_units(metric, own.classes, rank)):
        raise own.refusal("metrics", f"{name}: {reason}", node)
    reason = rules.against_scores(metric) if own.target.task != "regression" else rules.NEVER.get(name)
    if reason is not None:
        raise own.refusal("metrics", f"{name}: {reason}", node)
    _check_numbers_meaning(own, metric, node, "metrics", form, logits)


def _check_distance(own: TargetRules, loss: Any | None, metric: Any, node: Node | None) -> None:
    """Refuse distances between labels of 0 or 1 and logits, which the loss drives to infinity."""
    if own.target.task == "regression" or rules.class_name(metric) not in rules.DISTANCES:
        return
    if own.logits(loss) is True and (loss is None or rules.class_name(loss) not in rules.DISTANCES):
        message = (
            f"{rules.class_name(metric)} measures the distance between labels of 0 and 1 and logits, which have no "
            "bounds; end the model with softmax or sigmoid, or remove the metric"
        )
        raise own.refusal("metrics", message, node)


def _check_numbers_meaning(
    own: TargetRules, item: Any, node: Node | None, key: str, form: Form, logits: bool | None = None
) -> None:
    """Refuse logits as probabilities, probabilities as logits, and one column instead of several."""
    name = rules.class_name(item)
    if own.target.task == "regression":
        return
    is_logits = own.activation == "logits" or logits is True
    if is_logits and not isinstance(item, ClassMetric) and (remedy := rules.against_logits(item)):
        message = f"{name} expects probabilities, but the last layer returns logits (it has no activation); {remedy}"
        raise own.refusal(key, message, node)
    if own.activation in ("softmax", "sigmoid") and stated_from_logits(item):
        message = f"{name} expects logits, but the last layer returns {own.activation}; write from_logits: false"
        raise own.refusal(key, message, node)
    if form == "binary" and (remedy := rules.against_one_column(item)):
        message = f"{name} compares one output for each class, but the model has a single unit; {remedy}"
        raise own.refusal(key, message, node)


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _size(shape: tuple[int | None, ...]) -> int:
    size = 1
    for entry in shape:
        size *= entry or 1
    return size
