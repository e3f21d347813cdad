"""What is optimized and measured for each target: the loss, the metrics, and the form of the labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Target
from kpipe.errors import SpecError
from kpipe.messages.escaped import escaped
from kpipe.model.column_names import Measure, column_problems
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, nowhere, refusal
from kpipe.spec.sections.target_options import TargetOptions
from kpipe.spec.sections.train import Train
from kpipe.train.objective.label_form import Form, encode
from kpipe.train.objective.output_activation import Activation
from kpipe.train.objective.target_checks import check_target
from kpipe.train.objective.target_rules import TargetRules


@dataclass(frozen=True)
class TargetObjective:
    """How one target is learned.

    Args:
        target: the target.
        activation: what the model's numbers for it are.
        logits: whether they are logits; None where it does not matter or cannot be told.
        form: the form of its labels.
        shape: of one sample's output.
        make_loss: returns a new loss.
        make_metrics: returns new metrics, with the same names each time.
        weight: factor of the loss in the sum.
    """

    target: Target
    activation: Activation
    logits: bool | None
    form: Form
    shape: tuple[int | None, ...]
    make_loss: Callable[[], Any]
    make_metrics: Callable[[], list[Any]]
    weight: float = 1.0

    def encode(self, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Labels in the form that the loss wants; see `kpipe.train.objective.label_form.encode`."""
        known = all(size is not None for size in self.shape)
        shape = tuple(int(size) for size in self.shape if size is not None) if known else None
        return encode(self.form, labels, len(self.target.classes or ()), shape)

    def decide(self, prediction: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The model's numbers as an answer: class indices, 0 and 1 for multilabel, or just the numbers."""
        threshold = 0.0 if self.logits else 0.5
        if self.target.task == "multilabel":
            return np.asarray(prediction > threshold, dtype=np.int64)
        if self.form == "binary":
            return np.asarray(prediction[:, 0] > threshold, dtype=np.int64)
        if self.target.task == "regression":
            return prediction
        return np.asarray(np.argmax(prediction, axis=-1), dtype=np.int64)


class Objective:
    """The objectives of all targets, in the form that Keras' `compile` expects.

    Args:
        targets: by target name.
    """

    def __init__(self, targets: Mapping[str, TargetObjective]) -> None:
        self.targets = dict(targets)

    def compile_arguments(self) -> dict[str, Any]:
        """New `loss`, `metrics` and `loss_weights` for one `compile`; by name where several are learned."""
        losses = {name: item.make_loss() for name, item in self.targets.items()}
        metrics = {name: item.make_metrics() for name, item in self.targets.items()}
        weights = {name: item.weight for name, item in self.targets.items()}
        if len(self.targets) > 1:
            return {"loss": losses, "metrics": metrics, "loss_weights": weights}
        name = next(iter(self.targets))
        arguments = {"loss": losses[name], "metrics": metrics[name]}
        return arguments if weights[name] == 1 else {**arguments, "loss_weights": weights[name]}

    def labels(self, name: str, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Labels of the target `name` in the form its loss wants, sample by sample."""
        return self.targets[name].encode(labels)


def decide(train: Train, model: keras.Model, targets: Mapping[str, Target], place: Place = nowhere) -> Objective:
    """The objective of a model on some targets.

    Args:
        train: the section of the spec.
        model: one output tensor, or a dict by target name.
        targets: of the data.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: at the place of a loss, a metric or the model, where Keras would train on nonsense
        silently.
    """
    outputs = _outputs(model, targets, place)
    options = _options(train, targets, place)
    found = {
        name: _decide(TargetRules(target, outputs[name], options[name], train.label_smoothing, place))
        for name, target in targets.items()
    }
    _check_smoothing(train, found, place)
    _check_names(found, options, place)
    return Objective(found)


def _check_names(found: Mapping[str, TargetObjective], options: Mapping[str, TargetOptions], place: Place) -> None:
    """Each metric has a name of its own, also those that the task has decided and those of custom classes."""
    targets = []
    for name, item in found.items():
        path = f"train.targets.{name}"
        node = options[name].metrics
        nodes = node.items if node is not None else []
        measures = [
            Measure(metric.name, nodes[i].mark if nodes else place(path), nodes[i].path if nodes else path)
            for i, metric in enumerate(item.make_metrics())
        ]
        targets.append((Measure(name, place(path), path), measures))
    if problems := column_problems(targets):
        raise SpecError(problems)


def _decide(rules: TargetRules) -> TargetObjective:
    loss = rules.loss()
    metrics = rules.metrics()
    form = rules.form(loss, metrics)
    check_target(rules, loss, metrics, form)
    return TargetObjective(
        target=rules.target,
        activation=rules.activation,
        logits=rules.logits(loss),
        form=form,
        shape=tuple(rules.output.shape[1:]),
        make_loss=lambda: rules.new_loss(form),
        make_metrics=lambda: rules.new_metrics(form, rules.logits(loss)),
        weight=rules.options.weight,
    )


def _outputs(model: keras.Model, targets: Mapping[str, Target], place: Place) -> dict[str, Any]:
    output = model.output
    if isinstance(output, Mapping):
        if set(output) != set(targets):
            message = f"the model predicts {_names(output)}, and the data's targets are {_names(targets)}"
            raise refusal(place, "train.targets", message)
        return dict(output)
    if len(targets) == 1 and not isinstance(output, list | tuple):
        return {next(iter(targets)): output}
    message = (
        f"the model has one output, and the data {len(targets)} targets ({_names(targets)}): "
        "name one item of the model for each, under train.targets"
    )
    raise refusal(place, "model", message)


def _options(train: Train, targets: Mapping[str, Target], place: Place) -> dict[str, TargetOptions]:
    """The options of each target; `train.loss` and `train.metrics` are those of a single one."""
    unknown = [name for name in train.targets if name not in targets]
    if unknown:
        message = f"{unknown[0]} is not a target of the dataset; available: {_names(targets)}"
        raise refusal(place, f"train.targets.{unknown[0]}", message)
    given = {key: node for key, node in (("loss", train.loss), ("metrics", train.metrics)) if _is_given(node)}
    for key, node in given.items():
        twice = [name for name, entry in train.targets.items() if _is_given(getattr(entry, key))]
        if len(targets) > 1 or twice:
            name = twice[0] if twice else next(iter(targets))
            message = f"with targets of its own, a {key} belongs to one of them: write train.targets.{name}.{key}"
            raise refusal(place, f"train.{key}", message, node)
    return {name: train.targets.get(name, TargetOptions()).model_copy(update=given) for name in targets}


def _is_given(node: Node | None) -> bool:
    return node is not None and node.value not in ("auto", None)


def _check_smoothing(train: Train, found: Mapping[str, TargetObjective], place: Place) -> None:
    if train.label_smoothing and all(entry.target.task == "regression" for entry in found.values()):
        message = "labels are smoothed over classes, and this model predicts numbers; leave it out"
        raise refusal(place, "train.label_smoothing", message)


def _names(names: Any) -> str:
    return ", ".join(map(escaped, sorted(names)))
