"""Exceptions of threads that TensorFlow runs."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

#: Most exceptions that are stored: more than batches that are read at the same time.
_MAX_ERRORS = 256


class WorkerErrors:
    """The exceptions of reading threads, of which TensorFlow preserves only the text."""

    def __init__(self) -> None:
        self._found: deque[Exception] = deque(maxlen=_MAX_ERRORS)

    def guard(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, wrapped so that its exceptions are stored, except for a `StopIteration`."""

        def guarded(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except StopIteration:
                raise
            except Exception as error:
                self._found.append(error)
                raise

        return guarded

    @contextlib.contextmanager
    def raised(self) -> Iterator[None]:
        """Replace an error of TensorFlow by the stored exception that caused it, within the context."""
        import tensorflow as tf

        try:
            yield
        except tf.errors.OpError as error:
            # Several threads may have failed, each because of another file.
            found, text = list(self._found), str(error)
            self._found.clear()
            cause = next((each for each in found if str(each) in text), None)
            if cause is None:
                raise
            raise cause from None
