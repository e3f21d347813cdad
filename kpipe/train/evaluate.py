"""One pass over a part of the data: the metrics, and the prediction for each sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kpipe.data.prepared import PreparedData
from kpipe.keras_internals import keras_mask
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.metric_values import build_metrics, metric_values
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.per_class_metrics import per_class_metrics


def evaluate(model: keras.Model, prepared: PreparedData, part: str, objective: Objective) -> Evaluation:
    """Evaluate a model on one part of the data.

    Args:
        model: the training model; it does not have to be compiled, and is not changed.
        prepared: the data.
        part: `train`, `validation` or `test`.
        objective: the losses, the metrics and the forms of the labels.
    """
    evaluated = keras.Model(model.input, model.output, name=f"{model.name}_{part}")
    evaluated.compile(optimizer=None, **objective.compile_arguments())
    batches = prepared.batches(part, labels=objective.labels)
    build_metrics(evaluated, batches)
    loss = keras.metrics.Mean(name="loss")
    names = list(objective.targets)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator,unused-ignore]
    def step(x: Any, y: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        output = evaluated(x, training=False)
        outputs = output if isinstance(output, Mapping) else {names[0]: output}
        loss.update_state(
            evaluated.compute_loss(x, y, output, None, training=False),
            sample_weight=tf.shape(outputs[names[0]])[0],
        )
        evaluated.compute_metrics(x, y, output, None)
        masks = {name: keras_mask(value) for name, value in outputs.items()}
        return dict(outputs), {name: mask for name, mask in masks.items() if mask is not None}

    predictions: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    masks: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    with prepared.worker_errors():
        for x, y, *_ in batches:
            outputs, found = step(x, y)
            for name in names:
                predictions[name].append(objective.targets[name].decide(outputs[name].numpy()))
                if name in found:
                    masks[name].append(found[name].numpy())
    metrics = {**metric_values(evaluated), "loss": float(loss.result())}
    return _evaluation(part, metrics, prepared, objective, predictions, masks)


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
