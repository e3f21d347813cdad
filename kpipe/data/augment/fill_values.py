"""The range of the values that replace pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

#: The arguments of Albumentations that are values of pixels.
_ARGUMENTS = ("fill", "drop_value")


def check_fill_values(transforms: Iterable[Node], dtype: npt.DTypeLike) -> None:
    """Check that pixels are replaced by values of the images' range.

    Albumentations receives images with 16 bits per channel as fractions of the largest value.

    Args:
        transforms: the transforms, with those of ready-made lists in their places.
        dtype: the type of the images, uint8, uint16 or float32.

    Raises:
        SpecError: a value is above 255 or, with 16 bits per channel, above 1; with all places.

    Example:
        >>> from kpipe.errors import Mark
        >>> from kpipe.spec.python_value import from_python
        >>> node = from_python([{"Pad": {"padding": 2, "fill": 128}}], Mark("augment", 1, 1, 1, 1), "augment")
        >>> check_fill_values(node.items, "uint8")
    """
    largest = 255 if np.dtype(dtype) == np.uint8 else 1
    problems = [problem for node in transforms for part in node.walk() for problem in _problems(part, largest)]
    if problems:
        raise SpecError(problems)


def _problems(arguments: Node, largest: int) -> Iterator[Problem]:
    for key in _ARGUMENTS:
        entry = arguments.entries.get(key) if arguments.is_mapping else None
        if entry is None:
            continue
        values = [item.value for item in entry.items] if entry.is_list else [entry.value]
        # Others are words such as `random`.
        numbers = [value for value in values if isinstance(value, int | float)]
        if any(not 0 <= number <= largest for number in numbers):
            message = f"out of range; expected at least 0 and at most {largest}, got {entry.plain()}"
            if largest == 1:
                message += "; images with 16 bits per channel have values from 0 to 1 here, so divide by 255"
            yield problem_at(entry, message)
