"""What a run has shown besides its curves, as in `evidence.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from kpipe_callbacks.layer_measurement import LayerMeasurement
from kpipe_callbacks.layer_values import LayerValues

from kpipe.keras_internals import sublayers
from kpipe.model.names import LayerLabel, name_in_spec
from kpipe.train.measurements.epoch_measurements import penalty
from kpipe.train.measurements.training_sample import TrainingSample
from kpipe.train.objective.guess_loss import guess_loss
from kpipe.train.plan import Plan
from kpipe.train.setup.layer_sample_count import layer_sample_count
from kpipe.train.setup.setup import Setup

_PART = "layers"
_DRAW = 23


def run_evidence(setup: Setup, plan: Plan, sample: TrainingSample | None = None) -> dict[str, Any]:
    """Return what a run has shown besides its curves, with the weights that it keeps.

    Args:
        setup: the data and the model, with the weights that are kept.
        plan: the plan of the training.
        sample: the sample of the training part; default None, if there is no validation part.

    Returns:
        `uniform_loss` and `trivial_loss` of a guess (None if they are unknown), `findings` (the codes of static checks
        and the names of data checks that have reported something), `samples` (the numbers of samples of the parts, of
        those of the training part that are evaluated after an `epoch` and at the `end`, and of each data check that has
        reported something), `penalty` (the sum of those of the weights), `drop_rate` (the highest rate of dropout, or
        deviation of noise, of a layer; 0 without one), `layers` (`layer`, `path`, `mean`, `deviation`, `channels`,
        `dead`, `saturated` of each layer on up to 256 training samples in inference mode), `inputs_vary` (whether any
        input differs between these samples), and `training_sample` (the loss and the metrics of a sample of the
        training part, in inference mode; empty without a validation part).
    """
    prepared, train = setup.prepared, setup.prepared.parts["train"]
    labels = {name: values[train] for name, values in prepared.dataset.labels.items()}
    weights = None if plan.weights is None else {name: values[train] for name, values in plan.weights.items()}
    guess = guess_loss(plan.objective, labels, weights)
    inputs = _inputs(setup, plan)
    measured = LayerMeasurement.of_outputs(setup.built.model, inputs)
    return {
        "uniform_loss": None if guess is None else guess.uniform,
        "trivial_loss": None if guess is None else guess.trivial,
        "findings": [*(finding.code for finding in plan.findings), *(finding.name for finding in setup.findings)],
        "penalty": penalty(setup.built.model),
        "drop_rate": drop_rate(setup.built.model),
        "samples": _counts(setup, sample),
        "training_sample": {} if sample is None else sample.evaluate_at_end(),
        "inputs_vary": _vary(inputs),
        "layers": [_described(values, setup.built.labels) for values in measured],
    }


def drop_rate(model: keras.Model) -> float:
    """Return the highest rate of dropout, or deviation of noise, of the layers of a model; 0 without one.

    Example:
        >>> drop_rate(keras.Sequential([keras.layers.Dropout(0.2), keras.layers.GRU(3, recurrent_dropout=0.4)]))
        0.4
    """
    rates = [0.0]
    for layer in sublayers(model):
        own = ("rate", "stddev") if any(word in type(layer).__name__ for word in ("Dropout", "Noise")) else ()
        found = (getattr(layer, name, None) for name in (*own, "dropout", "recurrent_dropout"))
        rates += [float(value) for value in found if isinstance(value, int | float)]
    return max(rates)


def _counts(setup: Setup, sample: TrainingSample | None) -> dict[str, int]:
    parts = {name: len(rows) for name, rows in setup.prepared.parts.items()}
    found: dict[str, int] = {}
    for finding in setup.findings:
        found[finding.name] = found.get(finding.name, 0) + len(finding.samples)
    return {**parts, **({} if sample is None else sample.counts), **found}


def _inputs(setup: Setup, plan: Plan) -> Any:
    prepared, train = setup.prepared, setup.prepared.parts["train"]
    count = layer_sample_count(prepared)
    chosen = np.random.default_rng([prepared.seed, _DRAW]).choice(len(train), count, replace=False)
    sampled = prepared.with_part(_PART, train[np.sort(chosen)])
    batches = sampled.batches(_PART, labels=plan.objective.labels)
    with prepared.worker_errors():
        return keras.tree.map_structure(lambda *parts: tf.concat(parts, axis=0), *(batch[0] for batch in batches))


def _vary(inputs: Any) -> bool:
    """Return whether any input has another value for another sample."""
    arrays = map(np.asarray, keras.tree.flatten(inputs))
    return any(bool((array != array[:1]).any()) for array in arrays)


def _described(values: LayerValues, labels: Mapping[str, LayerLabel]) -> dict[str, Any]:
    label = labels.get(values.layer.partition("/")[0])
    return {
        "layer": name_in_spec(values.layer, labels),
        "path": "model" if label is None else label.path,
        "mean": values.mean,
        "deviation": values.deviation,
        "channels": values.channels,
        "dead": values.dead,
        "saturated": values.saturated,
    }
