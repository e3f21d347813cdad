"""The state after a step, to which a training can go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from kpipe_callbacks import _values
from kpipe_callbacks._keras_internals import batch_counter, learning_rate_of
from kpipe_callbacks.training_session import TrainingSession


@dataclass(frozen=True, kw_only=True)
class RollbackPoint:
    """The state after a step: weights, the optimizer's state, and the variables that callbacks want to go back.

    Args:
        step: how many steps were done.
        epoch: in which it was, from 0.
        in_epoch: whether a step of the epoch was done.
        batches: the optimizer's own counter.
        values: of the variables that go back.
        running: of the metrics of the epoch.
    """

    step: int
    epoch: int
    in_epoch: bool
    batches: int
    values: _values.Values
    running: _values.Values

    @classmethod
    def now(cls, session: TrainingSession, *, step: int, epoch: int, in_epoch: bool) -> RollbackPoint:
        """The state of this moment, as copies on the device."""
        return cls(
            step=step,
            epoch=epoch,
            in_epoch=in_epoch,
            batches=int(_values.array_of(batch_counter(session.optimizer))),
            values=_values.read(_variables(session)),
            running=_values.read(_running(session)),
        )

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RollbackPoint:
        """The opposite of `state`."""
        plain = {name: int(state[name]) for name in ("step", "epoch", "batches")}
        return cls(values=state["values"], running=state["running"], in_epoch=bool(state["in_epoch"]), **plain)

    def state(self) -> dict[str, Any]:
        """Plain values and arrays, for a checkpoint."""
        arrays, running = _values.to_arrays(self.values), _values.to_arrays(self.running)
        plain = {"step": self.step, "epoch": self.epoch, "in_epoch": self.in_epoch, "batches": self.batches}
        return {**plain, "values": arrays, "running": running}

    def restore(self, session: TrainingSession) -> None:
        """Puts back what the model, its optimizer and the callbacks had."""
        _values.write(_variables(session), self.values)
        optimizer = session.optimizer
        if optimizer.gradient_accumulation_steps:
            # The counter continues, to where as many gradients are accumulated as there were.
            counter = batch_counter(optimizer)
            now = int(_values.array_of(counter))
            counter.assign(now + (self.batches - now) % optimizer.gradient_accumulation_steps)

    def restore_metrics(self, session: TrainingSession, epoch: int) -> bool:
        """Puts back what the metrics had, or resets them where that was in an earlier epoch; whether they had any."""
        if self.epoch == epoch and self.in_epoch:
            _values.write(_running(session), self.running)
            return True
        session.model.reset_metrics()
        return False


def _variables(session: TrainingSession) -> list[keras.Variable]:
    """Weights, statistics, the optimizer's state and callbacks' variables; not its step counter, its rate and seeds."""
    model, optimizer = session.model, session.optimizer
    left = {id(batch_counter(optimizer)), id(learning_rate_of(optimizer))}
    of_optimizer = [entry for entry in model.optimizer.variables if id(entry) not in left]
    return [*model.weights, *of_optimizer, *session.variables.restored]


def _running(session: TrainingSession) -> list[keras.Variable]:
    return session.variables.without(session.model.metrics_variables)
