"""The base of all callbacks here: they join the session of a training, and their state can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kpipe_callbacks.training_session import TrainingSession


class StepCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """A callback that takes part in a `TrainingSession` from the beginning of a training to its end."""

    def __init__(self) -> None:
        super().__init__()
        self._session: TrainingSession | None = None
        self._pending: Mapping[str, Any] | None = None
        self._epoch = 0

    def get_state(self) -> dict[str, Any]:
        """What the callback has to remember so that a training can go on, as plain values and NumPy arrays."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Gives the callback what `get_state` returned: before `fit` for the next training, within one at once."""
        # Whether a training goes on or was broken off shows at the beginning of its next epoch only.
        self._pending = dict(state)
        if self._session is not None:
            self._restore(state)

    def on_train_begin(self, logs: Any = None) -> None:
        """Joins the session."""
        try:
            self._session = TrainingSession.join(self)
            self._session.start(self._start)
        except BaseException:
            broken = TrainingSession.of(self._model)
            if broken is not None:
                broken.close()
            raise

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch
        if self._session is not None and self._session.is_ready:
            self._pending = None

    def on_train_end(self, logs: Any = None) -> None:
        """Leaves the session."""
        session, self._session, self._pending = self._session, None, None
        if session is not None:
            session.leave(self)

    def leave(self, session: TrainingSession) -> None:
        """The session has ended, also where the training has not told so."""
        if self._session is session:
            self._session = None

    def _bring_state(self) -> None:
        """On JAX, brings the state of a training that runs into the variables, which are empty within an epoch."""
        _ = self.model

    def _start(self, session: TrainingSession) -> None:
        pending = self._pending
        self._begin(session)
        if pending is not None:
            self._restore(pending)

    def _begin(self, session: TrainingSession) -> None:
        """What the class does at the beginning of a training."""

    def _restore(self, state: Mapping[str, Any]) -> None:
        """What the class does with a state; there is a session."""
