"""Evaluates a model with metrics of its own, by one function of TensorFlow for every part of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kpipe.errors import DataError
from kpipe.keras_internals import keras_mask
from kpipe.train.objective.metric_values import build_metrics, metric_values


class Step(NamedTuple):
    """The results of one step.

    Args:
        logs: the metrics so far, as tensors.
        outputs: the outputs of the model by target name; the name of a single output is "".
        masks: the masks of the outputs that have one.
    """

    logs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    masks: Mapping[str, Any]


class Evaluator:
    """Evaluates a model without changing the running metrics of its training.

    Tracing a large model takes longer than a pass over a small part of the data, so that a run should have one
    evaluator for all parts.

    Args:
        model: the model; its layers are shared.
        batches: batches (x, y) of any part, as a `tf.data` dataset; only the shapes are used.
        compile_arguments: arguments of Keras' `compile`, with a new loss and new metrics.

    Attributes:
        model: a second model with the same layers.
        names: the names of the metrics.
        returns_outputs: whether `steps` yields the outputs of the model. They are not available with
            `steps_per_execution` above 1, nor with XLA, which would compile each size of batch.
    """

    def __init__(self, model: keras.Model, batches: Any, **compile_arguments: Any) -> None:
        self.model = keras.Model(model.input, model.output, name=f"{model.name}_evaluation")
        self.model.compile(optimizer=None, **compile_arguments)
        self.names = build_metrics(self.model, batches, self.model.output)
        self.returns_outputs = self.model.steps_per_execution == 1 and not self.model.jit_compile
        if self.returns_outputs:
            self._return_outputs()

    def _return_outputs(self) -> None:
        """Make the step of Keras, which returns what `compute_metrics` returns, return the outputs too."""
        compute = self.model.compute_metrics

        def compute_metrics(x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Step:
            outputs = dict(y_pred) if isinstance(y_pred, Mapping) else {"": y_pred}
            masks = {name: keras_mask(output) for name, output in outputs.items()}
            logs = compute(x, y, y_pred, sample_weight)
            return Step(logs, outputs, {name: mask for name, mask in masks.items() if mask is not None})

        self.model.compute_metrics = compute_metrics

    def steps(
        self, batches: Any, number: int, part: str, before: Callable[[int], None] = lambda first: None
    ) -> Iterator[Step]:
        """Evaluate a part step by step, with metrics that start again.

        Args:
            batches: the batches (x, y) of the part, in order, as a `tf.data` dataset.
            number: the number of batches.
            part: the name of the part, for messages.
            before: called before each step with the number of batches so far.

        Raises:
            DataError: the part ends before its last step.
        """
        model = self.model
        model.make_test_function()
        model.reset_metrics()
        iterator = iter(batches)
        for first in range(0, number, model.steps_per_execution):
            before(first)
            try:
                found = model.test_function(iterator)
            except (StopIteration, tf.errors.OutOfRangeError):
                raise DataError(f"the {part} part ended too early; expected {number} steps, got {first}") from None
            yield found if self.returns_outputs else Step(found, {}, {})

    def metrics(self) -> dict[str, float]:
        """Return the metrics of the steps so far."""
        return metric_values(self.model)
