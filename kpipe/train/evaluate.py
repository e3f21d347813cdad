"""One pass over a part of the data: the metrics, and the prediction for each sample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.data.feeds.batch_starts import batch_starts
from kpipe.data.prepared import PreparedData
from kpipe.train.evaluator import Evaluator
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.evaluation_weights import evaluation_weights
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.per_class_metrics import per_class_metrics
from kpipe.train.objective.scoring import Scoring


def evaluate(
    model: keras.Model,
    prepared: PreparedData,
    part: str,
    objective: Objective,
    evaluator: Evaluator | None = None,
    *,
    scored: bool = False,
) -> Evaluation:
    """Evaluate a model on one part of the data.

    Args:
        model: the training model; it does not have to be compiled, and is not changed.
        prepared: the data.
        part: `train`, `validation` or `test`.
        objective: the losses, the metrics and the forms of the labels.
        evaluator: an evaluator of the model and the objective that returns outputs; None to create one.
        scored: whether the evaluation contains the scores of the samples; default false.
    """
    weights = evaluation_weights(objective, prepared)
    batches = prepared.batches(part, labels=objective.labels, sample_weight=weights)
    evaluator = evaluator or Evaluator(model, batches, jit_compile=False, **objective.compile_arguments())
    number = len(batch_starts(len(prepared.parts[part]), prepared.batch_size)) - 1
    names = list(objective.targets)
    predictions: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    masks: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    scoring = Scoring(prepared, part, objective if scored else Objective({}))
    with prepared.worker_errors():
        for step in evaluator.steps(batches, number, part):
            for name, output in step.outputs.items():
                target = name or names[0]
                values, mask = output.numpy(), step.masks[name].numpy() if name in step.masks else None
                predictions[target].append(objective.targets[target].decide(values))
                scoring.add(target, values, mask)
                if mask is not None:
                    masks[target].append(mask)
    found = _evaluation(part, evaluator.metrics(), prepared, objective, predictions, masks)
    return replace(found, scores=scoring.scores())


def _evaluation(
    part: str,
    metrics: dict[str, float],
    prepared: PreparedData,
    objective: Objective,
    predictions: dict[str, list[npt.NDArray[Any]]],
    masks: dict[str, list[npt.NDArray[Any]]],
) -> Evaluation:
    indices = prepared.parts[part]
    joined = {name: np.concatenate(batches) for name, batches in predictions.items()}
    labels = {name: np.asarray(prepared.dataset.labels[name][indices]) for name in predictions}
    joined_masks = {name: np.concatenate(batches) if batches else None for name, batches in masks.items()}
    classes = {}
    for name, item in objective.targets.items():
        target, mask = item.target, joined_masks[name]
        if target.classes is not None and joined[name].shape == labels[name].shape:
            keep = slice(None) if mask is None or mask.shape != labels[name].shape else mask
            classes[name] = per_class_metrics(labels[name][keep], joined[name][keep], target.classes)
    return Evaluation(part, metrics, joined, labels, joined_masks, classes)
