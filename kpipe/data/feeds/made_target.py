"""The labels of a target that is transformed with the images of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True)
class MadeTarget:
    """The labels of a target that is transformed with the images of a sample.

    Args:
        labels: the labels of all samples, along the first axis.
        dtype: the NumPy name of the type in which an augmentation receives them.
    """

    labels: npt.NDArray[Any]
    dtype: str
