"""A part of the data measured by a second model on the same layers, with metrics of its own."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.errors import DataError
from kpipe.train.callbacks.hooks import Hooks
from kpipe.train.interruption import Interrupted, Interruption
from kpipe.train.objective.metric_values import build_metrics, metric_values


class Validator:
    """Measures the model without touching the running metrics of its training, so also in the middle of an
    epoch.

    Args:
        model: the model that is trained.
        batches: the part, in order, as `tf.data` set of (x, y).
        steps: its batches.
        compile_arguments: for Keras' `compile`: a loss and metrics of its own, and how steps are run.
    """

    def __init__(self, model: keras.Model, batches: Any, steps: int, **compile_arguments: Any) -> None:
        self.model = keras.Model(model.input, model.output, name=f"{model.name}_validation")
        self.model.compile(optimizer=None, **compile_arguments)
        self.batches = batches
        self.steps = steps
        self.names = build_metrics(self.model, batches)

    def run(self, hooks: Hooks, interruption: Interruption | None = None) -> dict[str, float]:
        """Return the metrics over the whole part; `on_test_begin` and `on_test_end` are the caller's.

        Args:
            hooks: call what callbacks have for each step.
            interruption: whether to stop; None for never.

        Raises:
            Interrupted: the training was asked to end.
            DataError: the part ends before its last step.
        """
        from tensorflow import errors

        model = self.model
        model.make_test_function()
        model.reset_metrics()
        iterator = iter(self.batches)
        width = model.steps_per_execution
        for first in range(0, self.steps, width):
            if interruption is not None and interruption.requested:
                raise Interrupted
            hooks.on_test_batch_begin(first)
            try:
                logs = model.test_function(iterator)
            except (StopIteration, errors.OutOfRangeError):
                raise DataError(f"the validation part ended after {first} of {self.steps} steps") from None
            hooks.on_test_batch_end(first + width - 1, logs)
        return metric_values(model)
