"""The evaluation of a part by a second model that shares the layers and has separate metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from kpipe.errors import DataError
from kpipe.train.callbacks.hooks import Hooks
from kpipe.train.interruption import Interrupted, Interruption
from kpipe.train.objective.metric_values import build_metrics, metric_values


class Validator:
    """Evaluates a model without changing the running metrics of its training, also within an epoch.

    Args:
        model: the model that is trained.
        batches: the batches (x, y) of the part, in order, as a `tf.data` dataset.
        steps: the number of batches.
        compile_arguments: arguments of Keras' `compile`, with a new loss and new metrics.
    """

    def __init__(self, model: keras.Model, batches: Any, steps: int, **compile_arguments: Any) -> None:
        self.model = keras.Model(model.input, model.output, name=f"{model.name}_validation")
        self.model.compile(optimizer=None, **compile_arguments)
        self.batches = batches
        self.steps = steps
        self.names = build_metrics(self.model, batches)

    def run(
        self, hooks: Hooks, interruption: Interruption | None = None, check_data: Callable[[], None] | None = None
    ) -> dict[str, float]:
        """Return the metrics over the whole part; the caller calls `on_test_begin` and `on_test_end`.

        Args:
            hooks: call the callbacks at each step.
            interruption: whether the training has to end; None if it cannot be interrupted.
            check_data: called before each step, as in `Loop`; by default no check.

        Raises:
            Interrupted: the training was interrupted.
            DataError: the part ends before its last step.
        """
        from tensorflow import errors

        model = self.model
        model.make_test_function()
        model.reset_metrics()
        iterator = iter(self.batches)
        stride = model.steps_per_execution
        for first in range(0, self.steps, stride):
            if interruption is not None and interruption.requested:
                raise Interrupted
            if check_data is not None:
                check_data()
            hooks.on_test_batch_begin(first)
            try:
                logs = model.test_function(iterator)
            except (StopIteration, errors.OutOfRangeError):
                raise DataError(
                    f"the validation part ended too early; expected {self.steps} steps, got {first}"
                ) from None
            hooks.on_test_batch_end(first + stride - 1, logs)
        return metric_values(model)
