"""Compiling a model as its spec describes, with Keras' own classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kpipe.components import build
from kpipe.data.prepared import PreparedData
from kpipe.keras_internals import multiply_learning_rates
from kpipe.model.build import BuiltModel
from kpipe.model.learning_rate_multipliers import variable_factors
from kpipe.spec.refusal import Place
from kpipe.spec.sections.train import Train
from kpipe.spec.spec import Spec
from kpipe.train.model_checks.first_call import check_first_call
from kpipe.train.model_checks.jit_support import refuse_unsupported_jit
from kpipe.train.objective.hard_labels import measure_hard_labels
from kpipe.train.objective.kernel_regularization import regularize
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.objective.mixed_loss import MixedLoss
from kpipe.train.objective.objective import Objective, decide


def compile_model(spec: Spec, built: BuiltModel, prepared: PreparedData) -> Objective:
    """Compile the model that accepts raw inputs for use outside of a run, and build its optimizer.

    Args:
        spec: a checked spec.
        built: both models; the training model decides the objective, and the raw model is compiled.
        prepared: the data of the spec.

    Returns:
        The objective: the loss, the metrics and the form of the labels of each target.

    Raises:
        SpecError: the section `train` does not fit the model or the data, or a layer does not return the shape that it
            announced.
    """
    refuse_unsupported_jit(built.model, spec.train, spec.place)
    objective, _ = prepare_objective(spec.train, built.model, prepared, spec.place)
    _check_training_model(spec, built, prepared, objective)
    if prepared.targets:
        objective = objective.in_own_units()
        # A saved model must not contain a loss that only kpipe can load.
        built.raw_model.get_compile_config = dict
    compile_for(built.raw_model, spec.train, objective, factors=variable_factors(built))
    return objective


def _check_training_model(spec: Spec, built: BuiltModel, prepared: PreparedData, objective: Objective) -> None:
    """Call the layers as a run does before its first step, without compiling either of the two models."""
    called = keras.Model(built.model.input, built.model.output, name=built.model.name)
    called.compile(optimizer=None, **objective.compile_arguments())
    with check_first_call(called, built.labels, spec.place):
        build_metrics(called, prepared.batches("train", epoch=0, labels=objective.labels))


def prepare_objective(
    train: Train, model: keras.Model, prepared: PreparedData, place: Place
) -> tuple[Objective, list[str]]:
    """Return the objective and the paths of the kernels that `train.regularize` regularizes."""
    objective = decide(train, model, prepared.dataset.targets, place, prepared.targets)
    return objective, regularize(model, train.regularize.l1, train.regularize.l2)


def compile_for(
    model: keras.Model,
    train: Train,
    objective: Objective,
    *,
    mixed: bool = False,
    optimizer: keras.optimizers.Optimizer | None = None,
    factors: Mapping[int, float] | None = None,
) -> None:
    """Compile a model for training and build its optimizer before anything is traced.

    Some of Keras' optimizers initialize their state wrongly if they are built inside the first step.

    Args:
        model: the model.
        train: the section `train` of the spec.
        objective: the losses and the metrics.
        mixed: whether the model receives labels as in `mixed_labels`.
        optimizer: the optimizer; by default that of the spec.
        factors: the factors on the learning rate by the `id` of the variable; that of the others is 1.
    """
    arguments = objective.compile_arguments()
    if mixed:
        arguments["loss"] = keras.tree.map_structure(MixedLoss, arguments["loss"])
        measure_hard_labels(model)
    if mixed or any(item.preparation is not None for item in objective.targets.values()):
        # A saved model that contains this one must not contain its losses and metrics, whose labels exist in training
        # only.
        model.get_compile_config = dict
    model.compile(
        optimizer=build_optimizer(train) if optimizer is None else optimizer, **arguments, **execution_arguments(train)
    )
    model.optimizer.build(model.trainable_variables)
    if factors:
        # Loss scaling is around the optimizer that has the learning rate.
        multiply_learning_rates(getattr(model.optimizer, "inner_optimizer", model.optimizer), factors)


def build_optimizer(train: Train) -> keras.optimizers.Optimizer:
    """Return the optimizer of a spec; Adam if it has none."""
    node = train.optimizer
    return keras.optimizers.Adam() if node is None or node.value is None else build(node, "optimizer")


def execution_arguments(train: Train) -> dict[str, Any]:
    """Return the arguments of Keras' `compile` that do not change what is computed."""
    return {"steps_per_execution": train.steps_per_execution, "jit_compile": train.jit_compile}
