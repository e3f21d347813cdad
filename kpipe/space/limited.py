"""The part of widened ranges whose values are accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace, Value

#: Halvings of the part of a range that may be accepted: the bound is found to 1 / 2^8 of it.
_HALVINGS = 8


def limited(
    space: SearchSpace,
    inner: SearchSpace,
    values: Mapping[str, Value],
    accepts: Callable[[Mapping[str, Value]], bool],
) -> SearchSpace:
    """Return a space whose ranges continue beyond those of another one only as far as their values are accepted.

    The accepted values are taken to be an interval that contains the inner range, so that its end is found by
    bisection, in the logarithm for log ranges.

    Args:
        space: the space with ranges that can continue beyond the inner ones.
        inner: a space with the same parameters, all values of which are accepted.
        values: a point of the inner space, in which one value after the other is replaced by a bound.
        accepts: returns whether a point is accepted.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> spaces = [
        ...     SearchSpace.read(read_text(f"{{rate: {{Uniform: [0.5, {high}]}}}}", "a.yaml"), lambda entry: entry, [])
        ...     for high in (1.2, 0.8)
        ... ]
        >>> found = limited(*spaces, {"rate": 0.8}, lambda values: values["rate"] < 1)
        >>> 0.99 < found["rate"].space.high < 1
        True
    """
    found = []
    for parameter in space.parameters:
        name, outer, within = parameter.name, parameter.space, inner[parameter.name].space
        if isinstance(outer, Range) and isinstance(within, Range) and name in values:

            def accepts_value(value: float, name: str = name) -> bool:
                return accepts({**values, name: value})

            low = _limit(outer, within, outer.low, accepts_value)
            high = _limit(outer, within, outer.high, accepts_value)
            outer = replace(outer, low=low, high=high)
        found.append(replace(parameter, space=outer))
    return SearchSpace(tuple(found))


def _limit(outer: Range, within: Range, bound: float, accepts: Callable[[float], bool]) -> float:
    """Return the value closest to a bound that is accepted."""
    if within.low <= bound <= within.high or accepts(bound):
        return bound
    accepted = outer.position(within.low if bound < within.low else within.high)
    refused = outer.position(bound)
    for _ in range(_HALVINGS):
        middle = (accepted + refused) / 2
        accepted, refused = (middle, refused) if accepts(outer.value_at(middle)) else (accepted, middle)
    return outer.value_at(accepted)
