"""A model is compiled as its spec says, of Keras' own classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kpipe.components import build
from kpipe.data.dataset import Target
from kpipe.spec.refusal import Place, nowhere
from kpipe.spec.sections.train import Train
from kpipe.train.objective.kernel_regularization import regularize
from kpipe.train.objective.objective import Objective, decide


def compile_model(
    spec: Any, model: keras.Model, raw_model: keras.Model, prepared: Any, place: Place = nowhere
) -> Objective:
    """Compiles the model that takes raw inputs, for use outside of a run; its optimizer is built.

    Args:
        spec: gives `train`.
        model: the training model, from which the objective is decided.
        raw_model: the same layers with raw inputs in front; this one is compiled.
        prepared: the data, for their targets.
        place: where paths of the spec stand.

    Returns:
        What each target's loss and labels are.

    Raises:
        SpecError: something in `train` does not fit the model or the data.
    """
    objective, _ = prepare_objective(spec.train, model, prepared.dataset.targets, place)
    compile_for(raw_model, spec.train, objective)
    return objective


def prepare_objective(
    train: Train, model: keras.Model, targets: Mapping[str, Target], place: Place
) -> tuple[Objective, list[str]]:
    """Decides the objective and puts `train.regularize` on the layers; returns the regularised kernels too."""
    objective = decide(train, model, targets, place)
    return objective, regularize(model, train.regularize.l1, train.regularize.l2)


def compile_for(model: keras.Model, train: Train, objective: Objective) -> None:
    """Compiles a model for training and builds its optimizer, before anything is traced.

    Some of Keras' optimizers set up their state wrongly when that happens inside the first step.
    """
    node = train.optimizer
    optimizer = keras.optimizers.Adam() if node is None or node.value is None else build(node, "optimizer")
    model.compile(optimizer=optimizer, **objective.compile_arguments(), **how_steps_run(train))
    model.optimizer.build(model.trainable_variables)


def how_steps_run(train: Train) -> dict[str, Any]:
    """The arguments of Keras' `compile` that do not change what is computed."""
    return {"steps_per_execution": train.steps_per_execution, "jit_compile": train.jit_compile}
