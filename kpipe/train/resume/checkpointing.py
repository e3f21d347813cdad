"""Writing the checkpoints of a training, and restoring one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras

from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.callback_state import before_training, lost_state
from kpipe.train.callbacks.keras_history import restore_keras_history
from kpipe.train.resume.checkpoints import Checkpoints, Position
from kpipe.train.resume.training_state import Captured, capture
from kpipe.train.run_folder.history import History
from kpipe.train.stages.stage_record import StageRecord


class Kept(Protocol):
    """A file of the run folder that grows with the training, and that is part of its state."""

    def state(self) -> dict[str, Any]:
        """Return its state as plain values and arrays."""

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore a state, also in the file."""


@dataclass(kw_only=True)
class Checkpointing:
    """Writes and restores the checkpoints of one training.

    Args:
        checkpoints: the folder of the checkpoints.
        best_weights: the best weights, which are part of the state.
        history: the history, which is part of the state.
        files: further files that are part of the state, by name.
        environment: the versions and the number of replicas, which a resumed training compares with its own.
        every_steps: the number of steps between checkpoints within epochs; None for no such checkpoints.
        every_minutes: the number of minutes between checkpoints within epochs; None for no such checkpoints.
        saved: the state to resume from; None to start from the beginning.
        say: receives a message about values that a checkpoint cannot store.
        began: the start of the training without interruptions, in seconds of the clock `time.perf_counter`.
        stages: what the earlier stages of the training have done.
    """

    checkpoints: Checkpoints
    best_weights: BestWeights
    history: History
    files: Mapping[str, Kept] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    every_steps: int | None = None
    every_minutes: float | None = None
    saved: Captured | None = None
    began: float = field(default_factory=time.perf_counter)
    say: Callable[[str], None] = lambda message: None
    stages: Sequence[StageRecord] = ()
    _reported: set[str] = field(default_factory=set, init=False)
    _written: float = field(default_factory=time.monotonic, init=False)

    def before_training(self, callbacks: Sequence[Any]) -> None:
        """Prepare callbacks for `on_train_begin` if the training is resumed."""
        if self.saved is not None:
            for callback, (_, state) in zip(callbacks, self.saved.callbacks, strict=False):
                before_training(callback, state)

    def restore(self, model: keras.Model, callbacks: Sequence[Any]) -> Mapping[str, Any]:
        """Restore the saved state, and return the state of the loop that `write` received."""
        saved = self.saved
        if saved is None:
            return {}
        saved.check(model, callbacks)
        saved.restore(model, callbacks, self.best_weights)
        for line in saved.more["lost"]:
            self.say(line)
        self.history.set_state(saved.more["history"])
        for name, file in self.files.items():
            # Earlier versions did not have all files.
            if (state := saved.more.get("files", {}).get(name)) is not None:
                file.set_state(state)
        for callback, (_, state) in zip(callbacks, saved.callbacks, strict=True):
            restore_keras_history(callback, state, self.history.rows)
        found: Mapping[str, Any] = saved.more["loop"]
        return found

    def is_due(self, before: int, done: int) -> bool:
        """Return whether to write a checkpoint within an epoch.

        Args:
            before: the number of steps of the whole training that were done at the previous call.
            done: the number of steps that are done now.
        """
        by_steps = self.every_steps is not None and done // self.every_steps > before // self.every_steps
        minutes = (time.monotonic() - self._written) / 60
        return by_steps or (self.every_minutes is not None and minutes >= self.every_minutes)

    def write(self, model: keras.Model, callbacks: Sequence[Any], position: Position, loop: Mapping[str, Any]) -> None:
        """Write a checkpoint.

        Args:
            model: the training model.
            callbacks: all callbacks of the training.
            position: the position of the training.
            loop: the state of the loop.

        Raises:
            TrainingError: it cannot be written; the earlier checkpoints are unchanged.
        """
        lost = [line for callback in callbacks for line in lost_state(callback)]
        for line in lost:
            if line not in self._reported:
                self._reported.add(line)
                self.say(line)
        more = {
            "lost": lost,
            "seconds": time.perf_counter() - self.began,
            "loop": dict(loop),
            "history": self.history.state(),
            "files": {name: file.state() for name, file in self.files.items()},
            "surroundings": dict(self.environment),
            "stages": [record.state() for record in self.stages],
        }
        description, arrays = capture(model, callbacks, self.best_weights, position, more)
        self.checkpoints.write(position, description, arrays)
        self._written = time.monotonic()
