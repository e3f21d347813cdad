"""Running the stages of a sweep one after the other."""

from __future__ import annotations

from kpipe.tune.results.stage_notices import stage_notices
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_stage import SweepStage


def run_stages(sweep: Sweep) -> None:
    """Run all trials of a sweep, in one thread; each stage searches around the best trials of the one before.

    Args:
        sweep: the sweep, whose journal may have events: they are repeated first.

    Raises:
        DataError: the runs do not have the monitored metric, or the journal belongs to another sweep.
        TrainingError: too many trials failed one after another, or the journal cannot be written.
        KeyboardInterrupt: interrupted; the sweep can be resumed.
    """
    space = sweep.plan.space
    for number, stage in enumerate(sweep.plan.stages, start=1):
        space = stage.space(space, sweep.ranked(number - 1), sweep.accepts)
        # A stage that an earlier start has begun is in its log.
        if number > 1 and not any(event.get("stage") == number for event in sweep.replayed):
            for notice in stage_notices(sweep, number, stage, space):
                sweep.say(notice)
        sweep.spaces.append(space)
        SweepStage(sweep, number, stage, space).run()
