"""When a training writes its state, and how it continues from one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.callback_state import before_training, lost_state
from kpipe.train.resume.checkpoints import Checkpoints, Position
from kpipe.train.resume.training_state import Captured, capture
from kpipe.train.run_folder.history import History


@dataclass(kw_only=True)
class Checkpointing:
    """Writes the states of one training.

    Args:
        checkpoints: where they go.
        best_weights: part of the state.
        history: likewise.
        surroundings: what a resumed training is compared with: versions, replicas.
        every_steps: besides the end of each epoch, every so many steps of the whole training; None for never.
        every_minutes: besides, when so many minutes have passed since the last one; None for never.
        saved: the state to continue from; None for the beginning.
        say: receives a line about what a state cannot hold.
        began: when the training would have begun, on the clock `time.perf_counter`, without its interruptions.
    """

    checkpoints: Checkpoints
    best_weights: BestWeights
    history: History
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    every_steps: int | None = None
    every_minutes: float | None = None
    saved: Captured | None = None
    began: float = field(default_factory=time.perf_counter)
    say: Callable[[str], None] = lambda text: None
    _said: set[str] = field(default_factory=set, init=False)
    _written: float = field(default_factory=time.monotonic, init=False)

    def before_training(self, callbacks: Sequence[Any]) -> None:
        """Prepare callbacks for `on_train_begin` where the training continues."""
        if self.saved is not None:
            for callback, (_, state) in zip(callbacks, self.saved.callbacks, strict=False):
                before_training(callback, state)

    def restore(self, model: keras.Model, callbacks: Sequence[Any]) -> Mapping[str, Any]:
        """Restore the saved state; return what `write` was given."""
        saved = self.saved
        if saved is None:
            return {}
        saved.check(model, callbacks)
        saved.restore(model, callbacks, self.best_weights)
        for line in saved.more["lost"]:
            self.say(line)
        self.history.set_state(saved.more["history"])
        found: Mapping[str, Any] = saved.more["loop"]
        return found

    def is_due(self, before: int, done: int) -> bool:
        """Whether a state is to be written within an epoch, when `done` steps of the training are done."""
        by_steps = self.every_steps is not None and done // self.every_steps > before // self.every_steps
        minutes = (time.monotonic() - self._written) / 60
        return by_steps or (self.every_minutes is not None and minutes >= self.every_minutes)

    def write(self, model: keras.Model, callbacks: Sequence[Any], position: Position, loop: Mapping[str, Any]) -> None:
        """Write the state of this moment.

        Args:
            model: that is trained.
            callbacks: all of them.
            position: how far the training is.
            loop: what the loop itself has to remember.

        Raises:
            TrainingError: it cannot be written; the earlier ones are still there.
        """
        lost = [line for callback in callbacks for line in lost_state(callback)]
        for line in lost:
            if line not in self._said:
                self._said.add(line)
                self.say(line)
        more = {
            "lost": lost,
            "seconds": time.perf_counter() - self.began,
            "loop": dict(loop),
            "history": self.history.state(),
            "surroundings": dict(self.surroundings),
        }
        description, arrays = capture(model, callbacks, self.best_weights, position, more)
        self.checkpoints.write(position, description, arrays)
        self._written = time.monotonic()
