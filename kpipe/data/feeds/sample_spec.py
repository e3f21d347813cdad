"""Shapes and types of samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """The shape of one sample and the NumPy name of its type."""

    shape: tuple[int, ...]
    dtype: str
