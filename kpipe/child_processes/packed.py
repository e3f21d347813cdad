"""Arguments on their way to a child process."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from kpipe.child_processes.descriptor import Descriptor


class UnsendableError(TypeError):
    """Something is defined in the main module, which a child process does not have."""


class Packed(NamedTuple):
    """Objects as bytes, and the file descriptors among them; it can be an argument of several children.

    Args:
        content: the pickled objects.
        descriptors: those that occur in them.
    """

    content: bytes
    descriptors: tuple[Descriptor, ...]


def pack(value: Any, reduce: Callable[[Any], Any] | None = None) -> Packed:
    """Pickle a value for child processes.

    Args:
        value: what is pickled.
        reduce: how some objects in it are pickled, as `pickle.Pickler.reducer_override`; by default none.

    Raises:
        UnsendableError: it contains a class or a function of the main module.
        Exception: whatever pickle raises for an object that cannot be pickled.

    Example:
        >>> unpack(pack({"a": 1}))
        {'a': 1}
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, reduce)
    pickler.dump(value)
    return Packed(buffer.getvalue(), tuple(pickler.descriptors))


def unpack(packed: Packed) -> Any:
    """Return the value of `pack`, where the descriptors are those of this process."""
    return _Unpickler(packed).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, reduce: Callable[[Any], Any] | None) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._reduce = reduce
        self.descriptors: list[Descriptor] = []

    def persistent_id(self, value: Any) -> Any:
        if not isinstance(value, Descriptor):
            return None
        if value not in self.descriptors:
            self.descriptors.append(value)
        return self.descriptors.index(value)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)) and value.__module__ == "__main__":
            raise UnsendableError(
                f"{value.__qualname__} is defined in the main program, which a child process does not run again; "
                f"expected a class or a function of a module; move it to a file of its own, and import it from there"
            )
        return NotImplemented if self._reduce is None else self._reduce(value)


class _Unpickler(pickle.Unpickler):
    def __init__(self, packed: Packed) -> None:
        super().__init__(io.BytesIO(packed.content))
        self._descriptors = packed.descriptors

    def persistent_load(self, place: int) -> Descriptor:
        return self._descriptors[place]
