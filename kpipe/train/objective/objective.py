"""The objective of a training: the loss, the metrics, and the form of the labels of each target."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Target
from kpipe.data.prepared_target import PreparedTarget
from kpipe.errors import SpecError
from kpipe.messages.escaped import escaped
from kpipe.model.column_names import Measure, column_problems
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, nowhere, refusal
from kpipe.spec.sections.target_options import TargetOptions
from kpipe.spec.sections.train import Train
from kpipe.train.objective.label_form import Form, encode
from kpipe.train.objective.output_activation import Activation
from kpipe.train.objective.own_units import OwnUnits
from kpipe.train.objective.prepared_loss import PreparedLoss
from kpipe.train.objective.target_checks import check_target
from kpipe.train.objective.target_rules import TargetRules


@dataclass(frozen=True)
class TargetObjective:
    """The objective of one target.

    Args:
        target: the target.
        activation: the activation of the output.
        logits: whether the output is logits; None if it is irrelevant or unknown.
        form: the form of the labels.
        shape: the shape of the output for one sample.
        make_loss: returns a new loss.
        make_metrics: returns new metrics, always with the same names.
        weight: the factor of the loss in the sum.
        preparation: the preparation of the labels, in whose units the model predicts; None for none.
    """

    target: Target
    activation: Activation
    logits: bool | None
    form: Form
    shape: tuple[int | None, ...]
    make_loss: Callable[[], Any]
    make_metrics: Callable[[], list[Any]]
    weight: float = 1.0
    preparation: PreparedTarget | None = None

    @property
    def has_independent_probabilities(self) -> bool:
        """Whether each column of the output is the probability of an event of its own, as with sigmoid."""
        return self.form == "binary" or self.target.task == "multilabel"

    def in_own_units(self) -> TargetObjective:
        """Return the objective of a model that predicts in the units of the target."""
        preparation = self.preparation
        if preparation is None:
            return self
        return replace(
            self,
            make_loss=lambda: PreparedLoss(self.make_loss(), preparation, self.shape),
            make_metrics=lambda: [item.metric for item in self.make_metrics()],
            preparation=None,
        )

    def encode(self, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return labels in the form that the loss expects; see `kpipe.train.objective.label_form.encode`."""
        if self.preparation is not None:
            labels = self.preparation.transform(labels)
        sizes = [size for size in self.shape if size is not None]
        # A custom loss may compare labels with an output of another size.
        is_same = len(sizes) == len(self.shape) and math.prod(sizes) == math.prod(self.target.shape)
        shape = tuple(sizes) if is_same else None
        return encode(self.form, labels, len(self.target.classes or ()), shape)

    def decide(self, prediction: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return predictions for outputs: class indices, 0 and 1 for multilabel, or numbers in the target's units."""
        threshold = 0.0 if self.logits else 0.5
        if self.target.task == "multilabel":
            return np.asarray(prediction > threshold, dtype=np.int64)
        if self.form == "binary":
            return np.asarray(prediction[:, 0] > threshold, dtype=np.int64)
        if self.preparation is not None:
            own = self.preparation.inverse(prediction.astype(np.float64), prediction.shape[1:])
            return np.asarray(own, np.float32)
        if self.target.task == "regression":
            return prediction
        return np.asarray(np.argmax(prediction, axis=-1), dtype=np.int64)


class Objective:
    """The objectives of all targets.

    Args:
        targets: the objectives by target name.
    """

    def __init__(self, targets: Mapping[str, TargetObjective]) -> None:
        self.targets = dict(targets)

    def compile_arguments(self) -> dict[str, Any]:
        """Return new arguments of Keras' `compile`, keyed by target name if there are several targets."""
        losses = {name: item.make_loss() for name, item in self.targets.items()}
        metrics = {name: item.make_metrics() for name, item in self.targets.items()}
        weights = {name: item.weight for name, item in self.targets.items()}
        if len(self.targets) > 1:
            return {"loss": losses, "metrics": metrics, "loss_weights": weights}
        name = next(iter(self.targets))
        arguments = {"loss": losses[name], "metrics": metrics[name]}
        return arguments if weights[name] == 1 else {**arguments, "loss_weights": weights[name]}

    def in_own_units(self) -> Objective:
        """Return the objective of a model that predicts in the units of the targets, with the same losses."""
        return Objective({name: item.in_own_units() for name, item in self.targets.items()})

    def labels(self, name: str, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return labels of the target `name` in the form that its loss expects."""
        return self.targets[name].encode(labels)


def decide(
    train: Train,
    model: keras.Model,
    targets: Mapping[str, Target],
    place: Place = nowhere,
    preparations: Mapping[str, PreparedTarget] | None = None,
) -> Objective:
    """Return the objective of a model.

    Args:
        train: the section `train` of the spec.
        model: a model with one output tensor, or a dict of tensors by target name.
        targets: the targets of the dataset.
        place: maps a dotted path of the spec to its mark.
        preparations: the preparations of targets, keyed by target name; default none.

    Raises:
        SpecError: the loss, a metric or the output of the model do not fit each other, which Keras would not report.
    """
    outputs = _outputs(model, targets, place)
    options = _options(train, targets, place)
    found = {
        name: _decide(
            TargetRules(target, outputs[name], options[name], train.label_smoothing, place),
            (preparations or {}).get(name),
        )
        for name, target in targets.items()
    }
    _check_smoothing(train, found, place)
    _check_names(found, options, place)
    return Objective(found)


def _check_names(found: Mapping[str, TargetObjective], options: Mapping[str, TargetOptions], place: Place) -> None:
    """Check that all metrics have different names, including those that `auto` selects and those of custom classes."""
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


def _decide(rules: TargetRules, preparation: PreparedTarget | None) -> TargetObjective:
    loss = rules.loss()
    metrics = rules.metrics()
    form = rules.form(loss, metrics)
    check_target(rules, loss, metrics, form)
    shape = tuple(rules.output.shape[1:])

    def make_metrics() -> list[Any]:
        metrics = rules.new_metrics(form, rules.logits(loss))
        return metrics if preparation is None else [OwnUnits(metric, preparation, shape) for metric in metrics]

    return TargetObjective(
        target=rules.target,
        activation=rules.activation,
        logits=rules.logits(loss),
        form=form,
        shape=shape,
        make_loss=lambda: rules.new_loss(form),
        make_metrics=make_metrics,
        weight=rules.options.weight,
        preparation=preparation,
    )


def _outputs(model: keras.Model, targets: Mapping[str, Target], place: Place) -> dict[str, Any]:
    output = model.output
    if isinstance(output, Mapping):
        if set(output) != set(targets):
            message = (
                f"the outputs of the model do not match the targets; expected {_names(targets)}, got {_names(output)}"
            )
            raise refusal(place, "train.targets", message)
        return dict(output)
    if len(targets) == 1 and not isinstance(output, list | tuple):
        return {next(iter(targets)): output}
    message = (
        f"the model has one output, but the dataset has {len(targets)} targets ({_names(targets)}); "
        "write one item of the model for each of them in train.targets"
    )
    raise refusal(place, "model", message)


def _options(train: Train, targets: Mapping[str, Target], place: Place) -> dict[str, TargetOptions]:
    """Return the options of each target; `train.loss` and `train.metrics` belong to a single target."""
    unknown = [name for name in train.targets if name not in targets]
    if unknown:
        message = f"{unknown[0]} is not a target of the dataset; available: {_names(targets)}"
        raise refusal(place, f"train.targets.{unknown[0]}", message)
    given = {key: node for key, node in (("loss", train.loss), ("metrics", train.metrics)) if _is_given(node)}
    for key, node in given.items():
        twice = [name for name, entry in train.targets.items() if _is_given(getattr(entry, key))]
        if len(targets) > 1 or twice:
            name = twice[0] if twice else next(iter(targets))
            message = f"train.{key} is ambiguous with train.targets; write train.targets.{name}.{key}"
            raise refusal(place, f"train.{key}", message, node)
    return {name: train.targets.get(name, TargetOptions()).model_copy(update=given) for name in targets}


def _is_given(node: Node | None) -> bool:
    return node is not None and node.value not in ("auto", None)


def _check_smoothing(train: Train, found: Mapping[str, TargetObjective], place: Place) -> None:
    if train.label_smoothing and all(entry.target.task == "regression" for entry in found.values()):
        message = "label smoothing requires classes, but this model predicts numbers; remove it"
        raise refusal(place, "train.label_smoothing", message)


def _names(names: Any) -> str:
    return ", ".join(map(escaped, sorted(names)))
