"""The evaluation of the validation part during a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from kpipe.train.callbacks.hooks import Hooks
from kpipe.train.evaluator import Evaluator
from kpipe.train.interruption import Interrupted, Interruption


class Validator:
    """Evaluates a model without changing the running metrics of its training, also within an epoch.

    Args:
        model: the model that is trained.
        batches: the batches (x, y) of the part, in order, as a `tf.data` dataset.
        steps: the number of batches.
        compile_arguments: arguments of Keras' `compile`, with a new loss and new metrics.

    Attributes:
        evaluator: evaluates the model.
        names: the names of the metrics.
    """

    def __init__(self, model: keras.Model, batches: Any, steps: int, **compile_arguments: Any) -> None:
        self.evaluator = Evaluator(model, batches, **compile_arguments)
        self.batches = batches
        self.steps = steps
        self.names = self.evaluator.names

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

        def before(first: int) -> None:
            if interruption is not None and interruption.requested:
                raise Interrupted
            if check_data is not None:
                check_data()
            hooks.on_test_batch_begin(first)

        last = self.evaluator.model.steps_per_execution - 1
        for step in self.evaluator.steps(self.batches, self.steps, "validation", before):
            hooks.on_test_batch_end(last, step.logs)
            last += self.evaluator.model.steps_per_execution
        return self.evaluator.metrics()
