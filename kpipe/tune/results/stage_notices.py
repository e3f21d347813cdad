"""What a sweep reports at the beginning of a stage: its space, and from which trial it is."""

from __future__ import annotations

from typing import cast

from kpipe.messages.counted import counted
from kpipe.space.choice import Choice
from kpipe.space.narrow import rounded
from kpipe.space.parameter import Parameter
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace
from kpipe.tune.results.border_notices import border_notices
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_plan import Stage
from kpipe.tune.sweep_trial import SweepTrial


def stage_notices(sweep: Sweep, number: int, stage: Stage, space: SearchSpace) -> list[str]:
    """Return the space of a further stage, with the trial from which each range is, and best values at a border.

    Args:
        sweep: the sweep, whose stages before have ended.
        number: the number of the stage, from 2.
        stage: the stage.
        space: its space.
    """
    before, ranked = sweep.spaces[number - 2], sweep.ranked(number - 1)
    size = f"{counted(stage.trials, 'trial')} of " if stage.trials is not None else "trials of up to "
    title = f"stage {number} of {len(sweep.plan.stages)}: {size}{counted(stage.epochs, 'epoch')}"
    if stage.options.narrow is None:
        return [f"{title} in the same space"]
    if not ranked:
        return [f"{title} in the same space, since no trial of stage {number - 1} has a score"]
    lines = [f"{title} around the best values of stage {number - 1}"]
    lines += [f"  {_change(parameter, space, ranked)}" for parameter in before.parameters]
    if not stage.options.widen:
        trials = [trial for trial in sweep.trials if trial.stage == number - 1]
        lines += border_notices(before, trials, ranked[0], sweep.accepts)
    return lines


def _change(parameter: Parameter, space: SearchSpace, ranked: list[SweepTrial]) -> str:
    """Return how a parameter has changed, such as `width: Int: [8, 128] -> Int: [16, 47], around 27 of trial 3`."""
    name = parameter.name
    new = next((entry.space for entry in space.parameters if entry.name == name), None)
    if new is None:
        return f"{name}: omitted with its option"
    source = next((trial for trial in ranked if name in trial.values), None)
    if source is None:
        return f"{name}: the same, since no trial with a score has it"
    if isinstance(new, Choice):
        return f"{name}: the options of the best trials, {', '.join(map(str, new.labels))}"
    # A range remains a range.
    old = cast("Range", parameter.space)
    sides = [side for side, continues in (("lower", new.low < old.low), ("upper", new.high > old.high)) if continues]
    beyond = f", beyond its {' and '.join(sides)} border" if sides else ""
    value = source.values[name]
    return f"{name}: {rounded(old)} -> {rounded(new)}, around {value:.4g} of trial {source.number}{beyond}"
