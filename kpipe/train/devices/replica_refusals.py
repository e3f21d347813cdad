"""The check for features that several replicas cannot compute as one device does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.keras_internals import keras_mask, sublayers
from kpipe.layers import StochasticDepth
from kpipe.spec.refusal import Place, refusal
from kpipe.spec.sections.train import Train
from kpipe.train.notices.small_last_batch import BATCH_NORMALIZATIONS
from kpipe.train.objective.loss_and_metric_rules import WHOLE_BATCH_LOSSES, class_name
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.own_units import OwnUnits


def check_replicas(model: keras.Model, train: Train, objective: Objective, place: Place) -> list[str]:
    """Refuse features that would make a training on several replicas differ from one on one device.

    Args:
        model: a compiled model.
        train: the section `train` of the spec.
        objective: the losses and the metrics.
        place: maps a dotted path of the spec to its mark.

    Returns:
        Notices for the user.

    Raises:
        SpecError: replicas cannot compute a feature; the message contains the reason.
    """
    for path, reason in _reasons(model, train, objective):
        raise refusal(place, path, f"{reason}; train on one device, or remove it")
    custom_layers = [type(layer).__name__ for layer in _layers(model) if is_custom(layer)]
    custom_metrics = [metric.name for metric in keras.tree.flatten(_metrics(objective)) if is_custom(metric)]
    notices = []
    if custom_layers:
        names = ", ".join(dict.fromkeys(custom_layers))
        notices.append(
            f"{names}: a custom layer receives only a part of a batch on each replica; sums over a batch and "
            "add_loss differ"
        )
    if custom_metrics:
        names = ", ".join(dict.fromkeys(custom_metrics))
        notices.append(f"{names}: the variables of a custom metric are summed over replicas")
    inside = [id(layer) for _, layer in _uncertain(model)]
    for layer in _layers(model):
        if isinstance(layer, BATCH_NORMALIZATIONS) and not layer.synchronized and layer.trainable:
            remedy = "use GroupNorm, or mode: sample" if id(layer) in inside else "write synchronized: true"
            notices.append(
                f"{layer.name} normalizes the part of a batch on each replica separately, unlike one device; {remedy}"
            )
    return notices


def _reasons(model: keras.Model, train: Train, objective: Objective) -> Iterator[tuple[str, str]]:
    if train.steps_per_execution > 1:
        yield "train.steps_per_execution", "TensorFlow cannot loop over steps that add up gradients of several replicas"
    if train.jit_compile is True:
        yield "train.jit_compile", "XLA cannot compile a step that adds up gradients of several replicas"
    for depth, layer in _uncertain(model):
        if isinstance(layer, BATCH_NORMALIZATIONS) and layer.synchronized:
            reason = "replicas cannot wait for each other in a branch that is skipped in some steps"
            yield (
                "model",
                f"{layer.name} in {depth.name} is synchronized, but {reason}; use GroupNorm, or mode: sample",
            )
    for layer in _layers(model):
        if _uses_batch_axis(layer):
            yield "model", f"{layer.name} computes along the batch axis, but each replica only has a part of a batch"
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if optimizer.ema_overwrite_frequency:
        reason = "TensorFlow cannot choose on several replicas whether averages overwrite the weights"
        yield "train.optimizer", f"ema_overwrite_frequency: {reason}"
    for name, item in objective.targets.items():
        loss = item.make_loss()
        path = f"train.targets.{name}.loss" if len(objective.targets) > 1 else "train.loss"
        reduction = getattr(loss, "reduction", "sum_over_batch_size")
        if class_name(loss) in WHOLE_BATCH_LOSSES:
            yield (
                path,
                f"{class_name(loss)} depends on all samples of a batch, but each replica only has a part of them",
            )
        if reduction != "sum_over_batch_size":
            yield path, f"the reduction {reduction} of {class_name(loss)} has another meaning for parts of a batch"
    if any(keras_mask(output) is not None for output in keras.tree.flatten(model.outputs)):
        yield (
            "model",
            "the loss is a mean over unmasked steps, whose number differs between replicas",
        )


def _uncertain(model: keras.Model) -> Iterator[tuple[StochasticDepth, Any]]:
    """Yield the layers in branches that are skipped in some steps, each with the layer that skips it."""
    for layer in _layers(model):
        if isinstance(layer, StochasticDepth) and layer.mode == "batch" and layer.survival < 1:
            for inner in sublayers(layer.branch, include_self=True):
                yield layer, inner


def _metrics(objective: Objective) -> list[Any]:
    found = [metric for item in objective.targets.values() for metric in item.make_metrics()]
    return [metric.metric if isinstance(metric, OwnUnits) else metric for metric in found]


def _uses_batch_axis(layer: Any) -> bool:
    axis = getattr(layer, "axis", None)
    return 0 in (axis if isinstance(axis, list | tuple) else [axis])


def _layers(model: keras.Model) -> list[Any]:
    return sublayers(model)
