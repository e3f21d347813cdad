"""The region of a search space around its best values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kpipe.space.choice import Choice
from kpipe.space.parameter import Parameter
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace, Value

#: A value is at the border of a range if it is closer to a bound than this fraction of the range.
BORDER = 0.05
#: The fraction of the best points whose options remain.
_KEPT = 0.2


def narrowed(
    space: SearchSpace, ranked: Sequence[Mapping[str, Value]], fraction: float, *, widen: bool = False
) -> SearchSpace:
    """Return the region around the best point.

    Each range becomes `fraction` times as wide, with the best value in its center; it remains inside the range, unless
    the best value is at its border and `widen` is true. Logarithmic ranges are narrowed in the logarithm. Of a choice,
    the options remain that occur among the best fifth of the points.

    Args:
        space: the space of the points.
        ranked: the values of the points, the best one first.
        fraction: width of the new ranges as a fraction of the old ones, in (0, 1].
        widen: whether a range continues beyond a bound that its best value is at.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> space = SearchSpace.read(read_text("rate: {Log: [1e-6, 1e-2]}", "a.yaml"), lambda entry: entry, [])
        >>> str(narrowed(space, [{"rate": 1e-4}], 0.5)["rate"].space)
        'Log: [1e-05, 0.001]'
    """
    if not ranked:
        return space
    found = []
    for parameter in space.parameters:
        values = [point[parameter.name] for point in ranked if parameter.name in point]
        if values:
            found.append(replace(parameter, space=_narrowed(parameter.space, values, fraction, widen)))
        elif parameter.condition is None or _remains(parameter, found):
            found.append(parameter)
    kept = [parameter for parameter in found if parameter.condition is None or _remains(parameter, found)]
    return SearchSpace(tuple(kept))


def border(space: Range, value: float) -> str | None:
    """Return the border of a range that a value is at, `lower` or `upper`; None if it is inside.

    Example:
        >>> border(Range("Log", 1e-6, 1e-2), 1.2e-6), border(Range("Log", 1e-6, 1e-2), 1e-4)
        ('lower', None)
    """
    count = len(space.values() or ())
    near = max(BORDER, 0.5 / (count - 1)) if count > 1 else BORDER
    position = space.position(value)
    return "lower" if position <= near else "upper" if position >= 1 - near else None


def beyond(space: Range, value: float, extent: float = 0.5) -> Range:
    """Return the range to try next if the best value is at the border, with the value in its center.

    Its bounds are rounded to three digits. A range of integers continues by at least one, if its form allows it.

    Args:
        space: the range.
        value: the best value.
        extent: distance of the new bounds from the value, as a fraction of the width of the range; default 0.5, so that
            the new range is as wide.

    Example:
        >>> str(beyond(Range("Log", 1e-4, 1e-2), 1e-2)), str(beyond(Range("Int", 8, 9), 8))
        ('Log: [0.001, 0.1]', 'Int: [7, 9]')
    """
    position = space.position(value)
    found = _range(space, position - extent, position + extent)
    if not space.is_integer:
        return rounded(found)
    low = min(found.low, round(value) - 1)
    return replace(found, low=max(low, 1) if space.is_log else low, high=max(found.high, round(value) + 1))


def rounded(space: Range) -> Range:
    """Return a range with bounds of three significant digits; one of integers is returned as it is.

    Example:
        >>> str(rounded(Range("Uniform", 0.123456, 1.0))), str(rounded(Range("Int", 1, 1024)))
        ('Uniform: [0.123, 1]', 'Int: [1, 1024]')
    """
    if space.is_integer:
        return space
    return replace(space, low=float(f"{space.low:.3g}"), high=float(f"{space.high:.3g}"))


def union(space: SearchSpace, others: Sequence[SearchSpace]) -> SearchSpace:
    """Return a space whose ranges contain those of others with the same names.

    Args:
        space: the space, whose parameters and choices remain.
        others: narrowed or widened spaces; parameters can be missing.
    """
    found = []
    for parameter in space.parameters:
        same = [entry.space for other in others for entry in other.parameters if entry.name == parameter.name]
        ranges = [entry for entry in (parameter.space, *same) if isinstance(entry, Range)]
        if ranges:
            low, high = min(entry.low for entry in ranges), max(entry.high for entry in ranges)
            parameter = replace(parameter, space=replace(ranges[0], low=low, high=high))
        found.append(parameter)
    return SearchSpace(tuple(found))


def _remains(parameter: Parameter, found: Sequence[Parameter]) -> bool:
    condition = parameter.condition
    if condition is None:
        return True
    outer = next((entry for entry in found if entry.name == condition.parameter), None)
    return (
        outer is not None
        and isinstance(outer.space, Choice)
        and condition.label in outer.space.labels
        and _remains(outer, found)
    )


def _narrowed(space: Range | Choice, values: Sequence[Value], fraction: float, widen: bool) -> Range | Choice:
    if isinstance(space, Choice):
        best = values[: max(1, math.ceil(_KEPT * len(values)))]
        return Choice(tuple(option for option in space.options if option.label in best))
    value = float(values[0])
    center, half = space.position(value), fraction / 2
    low, high = center - half, center + half
    side = border(space, value) if widen else None
    if low < 0 and side != "lower":
        low, high = 0.0, min(1.0, high - low)
    if high > 1 and side != "upper":
        low, high = max(0.0, low - (high - 1)) if side != "lower" else low, 1.0
    return _range(space, low, high)


def _range(space: Range, low: float, high: float) -> Range:
    first, last = space.value_at(low), space.value_at(high)
    if space.is_integer:
        first = max(first, 1) if space.is_log else first
        return Range(space.form, first, max(last, first + 1))
    return Range(space.form, first, last)
