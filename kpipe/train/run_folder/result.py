"""The result of a run, as in `result.json`."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras

from kpipe.distribution import own_version
from kpipe.spec.spec import Spec
from kpipe.train.best_weights import BestWeights
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.run_folder.confusion_result import ConfusionResult

Status = Literal["completed", "stopped_early", "exploded", "paused", "pruned", "interrupted", "failed"]


def run_result(
    spec: Spec,
    status: Status,
    best_weights: BestWeights,
    model: keras.Model,
    *,
    epochs: int,
    seconds: float,
    evaluations: Mapping[str, Evaluation],
    started: Sequence[Mapping[str, Any]] = (),
    explosions: Sequence[Mapping[str, Any]] = (),
    error: str | None = None,
    reason: str | None = None,
    averaged: tuple[Mapping[str, Any], Evaluation] | None = None,
    started_from: Mapping[str, Any] | None = None,
    initialized: Sequence[Mapping[str, Any]] = (),
    stages: Sequence[Mapping[str, Any]] = (),
    recipes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the result as plain data.

    Args:
        spec: a checked spec.
        status: how the training ended.
        best_weights: the best weights of the training.
        model: the model that was saved.
        epochs: the number of epochs that have ended.
        seconds: the duration of the training including validations.
        evaluations: the evaluations of the kept model by part.
        started: an entry for each start of the run.
        explosions: the explosions that an `ExplosionDetector` found.
        error: the message of the failure; None if there is none.
        reason: why the optimizer has ended the training; None if it has not.
        started_from: the saved weights that the run has started from; None for initial weights.
        initialized: what each initialization has set and skipped.
        stages: what each stage has done; empty for a training without stages.
        recipes: the recipes for which stages were written out.
        averaged: what answers are averaged over, and the evaluation of the test part with them; None for none.

    Returns:
        `status`, `epochs`, `best_epoch`, `best_step` (for a validation within an epoch, else None),
        `chosen_by`, `validation` and `test` {metric: value}, `classes` {target: {class: metrics}} and
        `confusion` {target: matrix} of the part `figures_of` for targets with up to 100 classes, for others `confused`
        {target: the most frequent confusions}, `parameters` (trainable), `parameters_frozen`,
        `test_averaged` {`tta`: component, `metrics`, `classes`, `confusion` or `confused`} if there is an averaged
        evaluation, `stages` [{`stage`, `epochs`, `steps`, `status`}] of a training with stages,
        `recipes` [{`recipe`, `stages`, `head`, `reason`, `written`}] if it has recipes, `start_from` {`file`,
        `sha256`, `loaded`, `not_loaded`, `unused`, `data_differences`} if weights
        were loaded, `initialize` if they were initialized by data, `seconds`, `seed`, `versions` (of the last start),
        `started` (an entry for each start), and if there are any, `explosions` (a loss that is not finite is a string),
        `stop_reason` and `error`.
    """
    moment = best_weights.moment
    shown = evaluations.get("test") or evaluations.get("validation")
    result = {
        "name": spec.name,
        "status": status,
        "epochs": epochs,
        "best_epoch": moment.epoch if moment else None,
        "best_step": moment.step if moment and not moment.ends_epoch else None,
        "chosen_by": best_weights.text,
        "validation": _validation(best_weights, evaluations),
        "test": evaluations["test"].metrics if "test" in evaluations else {},
        **({} if averaged is None else {"test_averaged": _averaged_result(*averaged)}),
        "figures_of": shown.part if shown else None,
        "classes": {name: metrics.to_dict() for name, metrics in shown.classes.items()} if shown else {},
        **ConfusionResult(shown.classes if shown else {}).to_dict(),
        **({"stages": [*stages]} if stages else {}),
        **({"recipes": [*recipes]} if recipes else {}),
        **({} if started_from is None else {"start_from": started_from}),
        **({"initialize": [*initialized]} if initialized else {}),
        "parameters": _count(model.trainable_variables),
        "parameters_frozen": _count(model.non_trainable_weights),
        "seconds": round(seconds, 3),
        "seed": spec.seed,
        "versions": versions(),
        "started": [*started],
    }
    if explosions:
        result["explosions"] = [{**event, "loss": _plain_loss(event["loss"])} for event in explosions]
    if reason is not None:
        result["stop_reason"] = reason
    return result if error is None else {**result, "error": error}


def _averaged_result(described: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation of averaged answers as plain data, beginning with what they are averaged over."""
    return {
        **described,
        "metrics": evaluation.metrics,
        "classes": {name: metrics.to_dict() for name, metrics in evaluation.classes.items()},
        **ConfusionResult(evaluation.classes).to_dict(),
    }


def _plain_loss(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)


def versions() -> dict[str, str]:
    """Return the versions on which the results depend."""
    import numpy as np
    import tensorflow as tf

    return {
        "kpipe": own_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _validation(best_weights: BestWeights, evaluations: Mapping[str, Evaluation]) -> dict[str, float]:
    if "validation" in evaluations:
        return evaluations["validation"].metrics
    return {name[4:]: value for name, value in best_weights.metrics.items() if name.startswith("val_")}


def _count(variables: Any) -> int:
    return sum(math.prod(variable.shape) for variable in variables)
