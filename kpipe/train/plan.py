"""The plan of a training, with all checks that are possible before its first step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from kpipe_callbacks import LayerStatistics

from kpipe.checks.static.finding import Finding
from kpipe.checks.static.run_checks import run_checks
from kpipe.components.callback_outputs import CallbackOutput
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData
from kpipe.errors import ArgumentError
from kpipe.model.column_names import RESERVED
from kpipe.model.learning_rate_multipliers import variable_factors
from kpipe.spec.error_places import located
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, refusal
from kpipe.spec.spec import Spec
from kpipe.train.averaging.averaging import Averaging
from kpipe.train.averaging.evaluate_averaged import check_views
from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.keras_callbacks import build_callbacks, check_callbacks, make_folders
from kpipe.train.callbacks.step_callbacks import check_step_callbacks
from kpipe.train.compile import compile_for, execution_arguments, prepare_objective
from kpipe.train.devices.replica_refusals import check_replicas
from kpipe.train.frozen_features.kept_features import KeptFeatures
from kpipe.train.full_batch.check_repeatable import check_repeatable
from kpipe.train.full_batch.full_batch_refusals import check_full_batch, check_full_batch_callbacks
from kpipe.train.initialize.initializations import Initializations
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.model_checks.first_call import check_first_call
from kpipe.train.model_checks.jit_support import refuse_unsupported_jit
from kpipe.train.model_checks.static_facts import static_facts
from kpipe.train.notices.notices import notices
from kpipe.train.objective.class_weight import class_weights, sample_weights
from kpipe.train.objective.evaluation_weights import evaluation_weights
from kpipe.train.objective.label_range import check_label_range
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.plan_mixing import plan_mixing
from kpipe.train.objective.positive_class import positive_class
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.measured_batch import measured_batch
from kpipe.train.setup.setup import Setup
from kpipe.train.stages.stage_places import finding_of_stage
from kpipe.train.step_sizes import step_sizes
from kpipe.train.validator import Validator


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The decisions that are made before the first step.

    Args:
        objective: the losses, the metrics and the forms of the labels.
        best_weights: keeps the best state.
        callbacks: the Keras callbacks.
        validator: evaluates the validation part; None if there is none.
        names: the names of the metrics of the training.
        weights: the weights of all samples by target name; None if all are equal.
        initializations: set weights before the first step.
        findings: what the static checks have found, which is also among the notices.
        notices: messages for the user.
        mixing: mixes the training batches; None if they are not mixed.
        elsewhere: the files that callbacks write outside the run folder.
        averaging: what the answers to the test part are also averaged over; None for nothing.
        features: the features of frozen layers that replace the samples in the steps.
    """

    objective: Objective
    best_weights: BestWeights
    callbacks: list[Any]
    validator: Validator | None
    names: list[str]
    weights: dict[str, Any] | None
    initializations: Initializations
    features: KeptFeatures
    mixing: Mixing | None = None
    findings: Sequence[Finding] = ()
    notices: list[str] = field(default_factory=list)
    elsewhere: list[CallbackOutput] = field(default_factory=list)
    averaging: Averaging | None = None

    def training_data(self, prepared: PreparedData) -> Any:
        """Return the batches of the first epoch of the training part, for callbacks that compute statistics of them.

        Args:
            prepared: the data of the training.
        """
        return prepared.batches("train", epoch=0, labels=self.objective.labels)

    @property
    def warnings(self) -> list[str]:
        """A warning for each file that a callback writes outside the run folder."""
        found = []
        for output in self.elsewhere:
            origin = output.node.mark.file if output.node.mark is not None else "the spec"
            found.append(f"{output.callback} writes {output.text}, outside the run folder (from {origin})")
        return found


def make_plan(setup: Setup, folder: RunFolder) -> Plan:
    """Plan a training: compile the model, build its optimizer, and create the state of its metrics.

    Args:
        setup: the data and the model, which is not compiled yet.
        folder: the folder in which callbacks write.

    Raises:
        SpecError: the section `train` does not fit the model or the data, or a layer does not return the shape that it
            announced.
    """
    spec, model, prepared = setup.spec, setup.built.model, setup.prepared
    refuse_unsupported_jit(model, spec.train, spec.place)
    objective, kernels = prepare_objective(spec.train, model, prepared, spec.place)
    if is_full_batch(spec.train):
        check_full_batch(spec, setup.built, prepared, objective)
    check_label_range(model, objective, prepared.dataset.labels, prepared.parts["train"], spec.place)
    weights = _sample_weights(spec, objective, prepared)
    mixing = plan_mixing(spec.data.mix, prepared, model, objective, spec.place)
    averaging = _averaging(spec, prepared)
    names = _compile(setup, objective, weights, mixing)
    replica_notices = check_replicas(model, spec.train, objective, spec.place) if setup.devices.replicas > 1 else []
    validator = _validator(setup, objective)
    if validator is not None:
        names = [*names, *(f"val_{name}" for name in validator.names)]
    best = BestWeights.from_spec(spec.train.choose, names, spec.place)
    batch = partial(measured_batch, prepared, objective, weights, mixing)
    if is_full_batch(spec.train):
        check_repeatable(model, batch(), spec.place, setup.built.layers)
    callbacks, elsewhere = _callbacks(setup, folder, objective, names, best.monitor, batch)
    features = KeptFeatures(setup, objective, validator, callbacks)
    regularized = [f"regularized: {len(kernels)} kernels"] if kernels else []
    facts = static_facts(spec, setup.built, prepared, objective, setup.devices.replicas)
    found = run_checks(facts, () if spec.checks is None else spec.checks.ignore)
    findings = [finding_of_stage(entry, setup.stage) for entry in found]
    return Plan(
        objective=objective,
        best_weights=best,
        callbacks=callbacks,
        validator=validator,
        names=names,
        weights=weights,
        initializations=Initializations(setup, objective, weights),
        features=features,
        mixing=mixing,
        findings=findings,
        notices=[
            *([] if features.line is None else [features.line]),
            *regularized,
            *positive_class(objective),
            *notices(model, spec.train, prepared),
            *replica_notices,
            *map(str, findings),
        ],
        elsewhere=elsewhere,
        averaging=averaging,
    )


def check_plan(setup: Setup) -> Plan:
    """Return the plan of a training that is checked but not started; its callbacks write no files.

    Args:
        setup: the data and the model, which is not compiled yet.

    Raises:
        SpecError: for the same reasons as `make_plan`.
    """
    with tempfile.TemporaryDirectory() as empty:
        return make_plan(setup, RunFolder(Path(empty)))


def _compile(setup: Setup, objective: Objective, weights: dict[str, Any] | None, mixing: Mixing | None) -> list[str]:
    """Compile the model, call it once symbolically, and return the names of its metrics."""
    spec, model = setup.spec, setup.built.model
    training = setup.prepared.batches("train", epoch=0, labels=objective.labels, sample_weight=weights, mixing=mixing)
    with setup.devices.scope():
        compile_for(model, spec.train, objective, mixed=mixing is not None, factors=variable_factors(setup.built))
        with check_first_call(model, setup.built.labels, spec.place):
            names = build_metrics(model, training)
    _refuse_duplicates(names, spec.place)
    return names


def _validator(setup: Setup, objective: Objective) -> Validator | None:
    options, prepared = setup.spec.train, setup.prepared
    if not len(prepared.parts.get("validation", ())):
        if options.validate_.every_steps is not None:
            message = "there is no validation part; set data.validation"
            raise refusal(setup.spec.place, "train.validate.every_steps", message)
        return None
    weights = evaluation_weights(objective, prepared)
    batches = prepared.batches("validation", labels=objective.labels, sample_weight=weights)
    arguments = {**objective.compile_arguments(), **execution_arguments(options)}
    with setup.devices.evaluation_scope():
        return Validator(setup.built.model, batches, prepared.steps("validation"), **arguments)


def _averaging(spec: Spec, prepared: PreparedData) -> Averaging | None:
    """Return what the answers to the test part are also averaged over, after checking that its views can be made."""
    tta = spec.data.evaluate.tta
    averaging = Averaging.of(tta)
    if averaging is not None and averaging.views is not None and tta is not None:
        with located(tta):
            check_views(averaging.views, prepared)
    return averaging


def _callbacks(
    setup: Setup,
    folder: RunFolder,
    objective: Objective,
    names: list[str],
    monitor: str,
    batch: Callable[[], Any],
) -> tuple[list[keras.callbacks.Callback], list[CallbackOutput]]:
    """Build and check the callbacks, and return them with the files that they write outside the run folder."""
    spec, model, prepared = setup.spec, setup.built.model, setup.prepared
    training_data = partial(prepared.batches, "train", epoch=0, labels=objective.labels)
    callbacks = build_callbacks(spec.train.callbacks, folder.path, prepared.batch_size, training_data)
    _pass_batch(callbacks, batch, spec.place)
    if is_full_batch(spec.train):
        check_full_batch_callbacks(callbacks)
    is_last = setup.stage is None or setup.stage.is_last
    check_callbacks(callbacks, model.optimizer, names, monitor if is_last else None, spec.place)
    check_step_callbacks(callbacks, model, spec.train.epochs, len(step_sizes(spec.train, prepared)), spec.place)
    return [entry for entry, _ in callbacks], make_folders(callbacks, folder.path)


def _pass_batch(callbacks: Sequence[tuple[Any, Node]], batch: Callable[[], Any], place: Place) -> None:
    """Pass the function that returns the measured batch to the callback that measures layers."""
    found = [(entry, node) for entry, node in callbacks if isinstance(entry, LayerStatistics)]
    for _, node in found[1:]:
        raise refusal(place, "train.callbacks", "duplicate LayerStatistics; remove one", node)
    for callback, _ in found:
        callback.batch = batch


def _refuse_duplicates(names: list[str], place: Place) -> None:
    """Refuse duplicate names that only the built model has, such as those of metrics that a layer adds."""
    for index, name in enumerate(names[1:], start=1):
        taken = "another metric of this training" if name in names[:index] else RESERVED.get(name)
        taken = "a metric of the validation part" if name.startswith("val_") else taken
        if taken is not None:
            raise refusal(place, "train.metrics", f"a metric has the same name as {taken}, {name!r}; use another name")


def _sample_weights(spec: Spec, objective: Objective, prepared: PreparedData) -> dict[str, Any] | None:
    rule, given = spec.train.class_weight, evaluation_weights(objective, prepared)
    if rule is None:
        return given
    found = [item.target for item in objective.targets.values() if item.target.task == "classification"]
    if len(found) != 1:
        tasks = ", ".join(f"{name} ({item.target.task})" for name, item in objective.targets.items())
        message = (
            f"class weights cannot be used here; expected exactly one target with one class per sample, got {tasks}"
        )
        raise refusal(spec.place, "train.class_weight", message)
    target = found[0]
    labels = np.asarray(prepared.dataset.labels[target.name])
    try:
        weights = class_weights(rule, target.classes or (), labels[prepared.parts["train"]])
    except ArgumentError as error:
        raise refusal(spec.place, "train.class_weight", error.message) from None
    factors = given or {name: np.ones(len(labels), np.float32) for name in objective.targets}
    return {**factors, target.name: factors[target.name] * sample_weights(weights, labels)}
