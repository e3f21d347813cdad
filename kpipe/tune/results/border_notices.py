"""Notices about best values that are at the border of their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kpipe.space.narrow import beyond, border
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace, Value
from kpipe.tune.sweep_trial import SweepTrial

#: Fewest trials with a score; one alone is the best one wherever it is.
_FEWEST = 2
#: Widths of the continued range beyond the best value, as fractions of the range; the first one that the spec accepts.
_EXTENTS = (0.5, 0.25, 0.1)


def border_notices(
    space: SearchSpace,
    trials: Sequence[SweepTrial],
    best: SweepTrial,
    is_valid: Callable[[Mapping[str, Value]], bool],
) -> list[str]:
    """Return a notice for each value of the best trial that is at the border of its range.

    There is none if a single trial has a score, if a trial nearer to the border was worse, since better values beyond
    it are then unlikely, if the spec does not accept values beyond the border, such as a negative number of units, or
    for seeds.

    Args:
        space: the search space.
        trials: the trials in it.
        best: the best one.
        is_valid: returns whether the spec accepts the values of a trial.
    """
    if sum(trial.score is not None for trial in trials) < _FEWEST:
        return []
    found = []
    for parameter in space.active(best.values):
        name, range_, value = parameter.name, parameter.space, best.values[parameter.name]
        if not isinstance(range_, Range) or isinstance(value, str) or name.rpartition(".")[2] == "seed":
            continue
        side = border(range_, value)
        others = [number for trial in trials if isinstance(number := trial.values.get(name), int | float)]
        if side is None or value != (min if side == "lower" else max)([value, *others]):
            continue
        for extent in _EXTENTS:
            wider = beyond(range_, value, extent)
            bound = wider.low if side == "lower" else wider.high
            continues = bound < range_.low if side == "lower" else bound > range_.high
            if continues and is_valid({**best.values, name: bound}):
                found.append(
                    f"{name}: the best value {value:.4g} is at the {side} border of its range `{range_}`; try `{wider}`"
                )
                break
    return found
