"""The masks of random layers over which answers are averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Masks:
    """The masks of random layers over which answers are averaged.

    Args:
        count: the number of calls, at least 2.
        states: the variables with the states of the seed generators, from `random_layers`.
        units: functions of an output in float64 that return it in the units of its target, keyed by output name;
            outputs that are not included are in these units.
        returns_spread: whether the standard deviations are outputs, too; default false.
    """

    count: int
    states: Sequence[Any]
    units: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    returns_spread: bool = False
