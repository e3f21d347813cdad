"""Arguments on their way to a child process."""

from __future__ import annotations

import io
import pickle
from types import FunctionType
from typing import Any, NamedTuple

from kpipe.child_processes.descriptor import Descriptor


class UnsendableError(TypeError):
    """Something is defined in the main module, which a child process does not have."""


class Packed(NamedTuple):
    """Objects as bytes, and the file descriptors among them.

    Args:
        content: the pickled objects.
        descriptors: those that the child inherits.
    """

    content: bytes
    descriptors: tuple[Descriptor, ...]


def pack(value: Any) -> Packed:
    """Pickle a value for child processes; each descriptor in it has the same number in the child.

    Raises:
        UnsendableError: it contains a class or a function of the main module.
        Exception: whatever pickle raises for an object that cannot be pickled.

    Example:
        >>> unpack(pack({"a": 1}).content)
        {'a': 1}
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dump(value)
    return Packed(buffer.getvalue(), tuple(pickler.descriptors.values()))


def unpack(content: bytes) -> Any:
    """Return the value of `pack` in the child."""
    return _Unpickler(io.BytesIO(content)).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self.descriptors: dict[int, Descriptor] = {}

    def persistent_id(self, value: Any) -> Any:
        if not isinstance(value, Descriptor):
            return None
        self.descriptors[value.number] = value
        return value.number

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)) and value.__module__ == "__main__":
            raise UnsendableError(
                f"{value.__qualname__} is defined in the main program, which a child process does not run again; "
                f"expected a class or a function of a module; move it to a file of its own, and import it from there"
            )
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._descriptors: dict[int, Descriptor] = {}

    def persistent_load(self, number: int) -> Descriptor:
        if number not in self._descriptors:
            self._descriptors[number] = Descriptor(number)
        return self._descriptors[number]
