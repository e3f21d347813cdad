"""Everything that can be wrong with a training is found before its first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from kpipe.components.callback_outputs import CallbackOutput
from kpipe.errors import ArgumentError
from kpipe.model.column_names import RESERVED
from kpipe.model.names import LayerLabel
from kpipe.spec.refusal import Place, refusal
from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.keras_callbacks import build_callbacks, check_callbacks, make_folders
from kpipe.train.callbacks.step_callbacks import rehearse
from kpipe.train.compile import compile_for, how_steps_run, prepare_objective
from kpipe.train.devices.replica_refusals import check_replicas
from kpipe.train.devices.strategies.strategy import AS_IT_IS, Running
from kpipe.train.model_checks.first_call import first_call
from kpipe.train.notices.notices import notices
from kpipe.train.objective.class_weight import class_weights, sample_weights
from kpipe.train.objective.label_range import check_label_range
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.positive_class import positive_class
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.validator import Validator


@dataclass
class Plan:
    """What is decided before the first step.

    Args:
        objective: losses, metrics and forms of the labels.
        best_weights: keeps the best state.
        callbacks: Keras callbacks.
        validator: measures the validation part; None where there is none.
        names: the figures that the training gives.
        weights: of each sample by target's name; None where all count alike.
        said: what the user should know.
        elsewhere: what callbacks write outside the run folder.
    """

    objective: Objective
    best_weights: BestWeights
    callbacks: list[Any]
    validator: Validator | None
    names: list[str]
    weights: dict[str, Any] | None
    said: list[str] = field(default_factory=list)
    elsewhere: list[CallbackOutput] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """A line for each file that a callback writes outside the run folder."""
        found = []
        for output in self.elsewhere or ():
            origin = output.node.mark.file if output.node.mark is not None else "the spec"
            found.append(f"{output.callback} writes {output.text}, outside the run folder (from {origin})")
        return found


def make_plan(
    spec: Any,
    model: keras.Model,
    prepared: Any,
    folder: RunFolder,
    place: Place,
    running: Running = AS_IT_IS,
    labels: Mapping[str, LayerLabel] = MappingProxyType({}),
) -> Plan:
    """Decides everything, compiles the model, builds its optimizer, and creates the state of its metrics.

    Args:
        spec: gives `train`.
        model: not compiled.
        prepared: the data, fitted.
        folder: where callbacks write.
        place: where paths of the spec stand.
        running: the devices on which the model was built.
        labels: what the spec calls the model's layers, by their names.

    Raises:
        SpecError: something in `train` does not fit the model or the data, or a layer does not do as it announced.
    """
    options = spec.train
    objective, kernels = prepare_objective(options, model, prepared.dataset.targets, place)
    check_label_range(model, objective, prepared.dataset.labels, prepared.parts["train"], place)
    weights = _sample_weights(options.class_weight, objective, prepared, place)
    training = prepared.batches("train", epoch=0, labels=objective.labels, sample_weight=weights)
    with running.scope():
        compile_for(model, options, objective)
        with first_call(model, labels, place):
            names = build_metrics(model, training)
    _refuse_same(names, place)
    told = check_replicas(model, options, objective, place) if running.replicas > 1 else []
    validator = None
    if len(prepared.parts.get("validation", ())):
        validation = prepared.batches("validation", labels=objective.labels)
        arguments = {**objective.compile_arguments(), **how_steps_run(options)}
        with running.measuring_scope():
            validator = Validator(model, validation, prepared.steps("validation"), **arguments)
        names = [*names, *(f"val_{name}" for name in validator.names)]
    elif options.validate_.every_steps is not None:
        message = "there is no validation part; give data.validation a share"
        raise refusal(place, "train.validate.every_steps", message)
    chosen = BestWeights.from_spec(options.choose, names, place)
    callbacks = build_callbacks(options.callbacks, folder.path, prepared.batch_size)
    check_callbacks(callbacks, model.optimizer, names, chosen.monitor, place)
    rehearse(callbacks, model, options.epochs, prepared.steps("train"), place)
    elsewhere = make_folders(callbacks, folder.path)
    regularized = [f"regularized: {len(kernels)} kernels"] if kernels else []
    said = [*regularized, *positive_class(objective), *notices(model, prepared), *told]
    return Plan(objective, chosen, [entry for entry, _ in callbacks], validator, names, weights, said, elsewhere)


def _refuse_same(names: list[str], place: Place) -> None:
    """Names that only the built model shows, such as those of a layer's own metrics or of a metric of several."""
    for index, name in enumerate(names[1:], start=1):
        taken = "another metric of this training" if name in names[:index] else RESERVED.get(name)
        taken = "one of the validation part" if name.startswith("val_") else taken
        if taken is not None:
            raise refusal(place, "train.metrics", f"a metric is called {name!r}, as {taken}; give it another name")


def _sample_weights(rule: Any, objective: Objective, prepared: Any, place: Place) -> dict[str, Any] | None:
    if rule is None:
        return None
    found = [item.target for item in objective.targets.values() if item.target.task == "classification"]
    if len(found) != 1:
        tasks = ", ".join(f"{name} ({item.target.task})" for name, item in objective.targets.items())
        message = f"class weights need exactly one target with one class a sample; the data's targets are: {tasks}"
        raise refusal(place, "train.class_weight", message)
    target = found[0]
    labels = np.asarray(prepared.dataset.labels[target.name])
    try:
        weights = class_weights(rule, target.classes or (), labels[prepared.parts["train"]])
    except ArgumentError as error:
        raise refusal(place, "train.class_weight", error.message) from None
    ones = {name: np.ones(len(labels), np.float32) for name in objective.targets}
    return {**ones, target.name: sample_weights(weights, labels)}
