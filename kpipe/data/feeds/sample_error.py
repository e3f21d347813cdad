"""The error of one sample, before its name is known."""

from __future__ import annotations

import dataclasses
from typing import Any

from kpipe.errors import DataError, Problem


class SampleError(DataError):
    """A sample cannot be made; processes that make batches know its index only, so `BatchMaker` adds its name.

    Args:
        index: the index of the sample in the dataset.
        message: what is wrong, and how to fix it; by default the message of the problem.
        problem: the same message with its place in the spec, or None.

    Example:
        >>> print(SampleError(3, "the image is too small").named("cats/3.png"))
        cats/3.png: the image is too small
    """

    def __init__(self, index: int, message: str = "", problem: Problem | None = None) -> None:
        self.index = index
        super().__init__(message, problem)

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its `args`, here the message alone.
        return type(self), (self.index, str(self), self.problem), self.__dict__

    def named(self, name: str) -> DataError:
        """Return the error for the user, with the name of the sample at the beginning of the message."""
        if self.problem is None:
            error = DataError(f"{name}: {self}")
        else:
            error = DataError(problem=dataclasses.replace(self.problem, message=f"{name}: {self.problem.message}"))
        # The traceback in a process is a note.
        for note in getattr(self, "__notes__", ()):
            error.add_note(note)
        return error
