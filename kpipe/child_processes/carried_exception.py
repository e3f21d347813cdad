"""An exception on its way from a child process to its parent."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CarriedException:
    """An exception with its traceback, as plain data.

    Args:
        pickled: the exception, or None where it cannot be pickled.
        text: its type and message.
        traceback: as Python prints it.

    Example:
        >>> print(CarriedException.of(KeyError("a")).restored("worker 1").__notes__[0])
        raised in worker 1:
        KeyError: 'a'
    """

    pickled: bytes | None
    text: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> CarriedException:
        """Keep an exception that was caught."""
        lines = traceback.format_exception(error)
        return cls(_pickled(error), "".join(traceback.format_exception_only(error)).strip(), "".join(lines).strip())

    def restored(self, where: str) -> Exception:
        """Return a new exception of the same type, attributes and message; its traceback is a note of it.

        Args:
            where: the process in which it was raised, for the note.

        Returns:
            The exception; a `RuntimeError` with its text where it cannot be pickled, or asks the process to end.
        """
        error = self._unpickled() or RuntimeError(self.text)
        error.add_note(f"raised in {where}:\n{self.traceback}")
        return error

    def _unpickled(self) -> Exception | None:
        try:
            error = pickle.loads(self.pickled) if self.pickled is not None else None
        except Exception:  # such as a module that only the child can import
            return None
        # SystemExit and its like are about the process that raised them.
        return error if isinstance(error, Exception) else None


def _pickled(error: BaseException) -> bytes | None:
    try:
        found = pickle.dumps(_Parts(error))
        pickle.loads(found)
    except Exception:
        return None
    return found


class _Parts:
    """Pickles as the exception itself, whose constructor is only called where it takes what `args` contains."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        reduced: Any = self._error.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        kind = type(self._error)
        if kind.__init__ is _builtin(kind).__init__ or kind.__reduce__ is not _builtin(kind).__reduce__:
            return tuple(reduced)
        state = reduced[2] if len(reduced) > 2 else {}
        return _rebuilt, (kind, reduced[1], state)


def _rebuilt(kind: type[BaseException], args: tuple[Any, ...], state: Mapping[str, Any]) -> BaseException:
    error = kind.__new__(kind, *args)
    _builtin(kind).__init__(error, *args)
    error.__dict__.update(state)
    return error


def _builtin(kind: type[BaseException]) -> type[BaseException]:
    return next(base for base in kind.__mro__ if base.__module__ == "builtins")
