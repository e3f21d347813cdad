"""The callback that records and ends a learning-rate range test."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from kpipe_callbacks._values import array_of
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.range_losses import RangeLosses
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.step_variables import OnReplicas
from kpipe_callbacks.training_session import TrainingSession


class RangeTest(StepCallback):
    """Record the loss of each step, and stop when it has exploded.

    Args:
        losses: receives the losses.
    """

    in_specs = False

    def __init__(self, losses: RangeLosses) -> None:
        super().__init__()
        self._losses, self._read = losses, 0

    def begin(self, session: TrainingSession) -> None:
        """Keep the losses of the last steps, of which a call of the compiled function runs several."""
        self._width = session.model.steps_per_execution
        self._recent = self.add_variable("recent", np.zeros(self._width), "float32", on_replicas=OnReplicas.SUM)
        self._counter = self.add_variable("count", 0, "int32")
        self._seen = {"recent": session.watch(self._recent), "count": session.watch(self._counter)}
        session.during(Phase.BEFORE_UPDATE, lambda: self._counter.assign_add(1))
        session.during(Phase.LOSS, self._keep)

    def _keep(self, loss: Any) -> None:
        place = ops.mod(ops.convert_to_tensor(self._counter), self._width)
        loss, recent = ops.cast(ops.mean(loss), "float32"), ops.convert_to_tensor(self._recent)
        self._recent.assign(ops.where(ops.equal(ops.arange(self._width), place), loss, recent))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Read the losses since the last call, and stop after the last step or if a loss is far above the lowest."""
        losses, count = (self._now(name, read()) for name, read in self._seen.items())
        places = range(self._read + 1, int(count) + 1)
        self._read = int(count)
        for loss in [float(losses[place % self._width]) for place in places]:
            if self._losses.add(loss):
                self.model.stop_training = True
                return

    def _now(self, name: str, seen: Any) -> Any:
        return self.value(name) if seen is None else array_of(seen)
