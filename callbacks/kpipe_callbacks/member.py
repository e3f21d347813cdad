"""The base of all callbacks here: they join the session of a training, and their state can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kpipe_callbacks.session import Session


class Member(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """A callback that takes part in a `Session` from the beginning of a training to its end."""

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self._pending: Mapping[str, Any] | None = None

    def get_state(self) -> dict[str, Any]:
        """What the callback has to remember so that a training can go on, as plain values and NumPy arrays."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Gives the callback what `get_state` returned: before `fit` for the next training, within one at once."""
        if self._session is None:
            self._pending = dict(state)
        else:
            self._restore(state)

    def on_train_begin(self, logs: Any = None) -> None:
        """Joins the session."""
        session = Session.join(self)
        try:
            self._session = session
            self._begin(session)
            pending, self._pending = self._pending, None
            if pending is not None:
                self._restore(pending)
            session.trace_anew()
        except BaseException:
            self._session = None
            session.close()
            raise

    def on_train_end(self, logs: Any = None) -> None:
        """Leaves the session."""
        session, self._session = self._session, None
        if session is not None:
            session.leave(self)

    def leave(self, session: Session) -> None:
        """The session has ended, also where the training has not told so."""
        if self._session is session:
            self._session = None

    def _begin(self, session: Session) -> None:
        """What the class does at the beginning of a training."""

    def _restore(self, state: Mapping[str, Any]) -> None:
        """What the class does with a state; there is a session."""
