"""Snapshots of the training state for rollbacks."""

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
    """A snapshot of the training state after a step, to which the training can be rolled back.

    Args:
        step: number of completed steps.
        epoch: index of the epoch, from 0.
        in_epoch: whether at least one step of the epoch was completed.
        batches: batch counter of the optimizer.
        values: values of the weights, the optimizer state and the restorable variables of callbacks.
        running: values of the metric variables of the epoch.
    """

    step: int
    epoch: int
    in_epoch: bool
    batches: int
    values: _values.Values
    running: _values.Values

    @classmethod
    def now(cls, session: TrainingSession, *, step: int, epoch: int, in_epoch: bool) -> RollbackPoint:
        """Create a snapshot of the current state, as copies on the device."""
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
        """Create a snapshot from the output of `state`."""
        plain = {name: int(state[name]) for name in ("step", "epoch", "batches")}
        return cls(values=state["values"], running=state["running"], in_epoch=bool(state["in_epoch"]), **plain)

    def state(self) -> dict[str, Any]:
        """The snapshot as plain values and NumPy arrays, for a checkpoint."""
        arrays, running = _values.to_arrays(self.values), _values.to_arrays(self.running)
        plain = {"step": self.step, "epoch": self.epoch, "in_epoch": self.in_epoch, "batches": self.batches}
        return {**plain, "values": arrays, "running": running}

    def restore(self, session: TrainingSession) -> None:
        """Restore the state of the model, its optimizer and the callbacks."""
        _values.write(_variables(session), self.values)
        optimizer = session.optimizer
        if optimizer.gradient_accumulation_steps:
            # The counter must not decrease; advance it to the same position within the accumulation cycle.
            counter = batch_counter(optimizer)
            now = int(_values.array_of(counter))
            counter.assign(now + (self.batches - now) % optimizer.gradient_accumulation_steps)

    def restore_metrics(self, session: TrainingSession, epoch: int) -> bool:
        """Restore the metrics, or reset them if the snapshot is from an earlier epoch; return whether restored."""
        if self.epoch == epoch and self.in_epoch:
            _values.write(_running(session), self.running)
            return True
        session.model.reset_metrics()
        return False


def _variables(session: TrainingSession) -> list[keras.Variable]:
    """The variables to roll back: all state except the step counter, the learning rate and seeds."""
    model, optimizer = session.model, session.optimizer
    excluded = {id(batch_counter(optimizer)), id(learning_rate_of(optimizer))}
    of_optimizer = [entry for entry in model.optimizer.variables if id(entry) not in excluded]
    return [*model.weights, *of_optimizer, *session.variables.restored]


def _running(session: TrainingSession) -> list[keras.Variable]:
    return session.variables.without(session.model.metrics_variables)
