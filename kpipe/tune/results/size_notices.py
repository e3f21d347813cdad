"""Notices about the size of a sweep: trials that the space does not have, and cores that the machine does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.data.cores import cores
from kpipe.messages.counted import counted
from kpipe.tune.sweep_plan import SweepPlan


def size_notices(plan: SweepPlan, workers: int) -> Iterator[str]:
    """Yield that a space has fewer points than a stage has trials, and that the trials share too few cores.

    Args:
        plan: the plan of the sweep.
        workers: number of trials that run at the same time.
    """
    each = plan.tune.resources.cpus or 1
    if workers > 1 and workers * each > cores():
        yield (
            f"{workers} trials at the same time use {counted(each, 'core')} each, but this machine has {cores()}, so "
            "they slow each other down"
        )
    size = plan.space.size
    for number, stage in enumerate(plan.stages, start=1):
        if size is not None and stage.trials is not None and stage.trials > size:
            what = f"stage {number}" if len(plan.stages) > 1 else "the sweep"
            yield f"the space has only {counted(size, 'point')}, so {what} ends after {size} of {stage.trials} trials"
