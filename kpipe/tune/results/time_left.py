"""The time that a sweep still takes."""

from __future__ import annotations

import statistics

from kpipe.tune.sweep import Sweep


def time_left(sweep: Sweep, workers: int) -> float | None:
    """Return the estimated seconds until a sweep ends; None if the number of its trials is not known, or none is left.

    The trials that are left take as long as those of their stage that have ended. The trials of a stage that has not
    begun, and those that an oracle pauses and continues, take as long per epoch as all trials that have ended.

    Args:
        sweep: the sweep.
        workers: number of trials that run at the same time, at least 1.
    """
    ended = [trial for trial in sweep.trials if trial.status != "running"]
    epochs = sum(trial.epochs for trial in ended)
    seconds, left = 0.0, 0
    for number, stage in enumerate(sweep.plan.stages, start=1):
        of_stage = [trial for trial in ended if trial.stage == number]
        trials = stage.num_trials(sweep.plan.space)
        if trials is None:
            return None
        more = max(trials - len(of_stage), 0)
        left += more
        if of_stage and not stage.oracle.ends_trials:
            seconds += more * statistics.fmean(trial.seconds for trial in of_stage)
        elif epochs:
            total = stage.num_epochs(sweep.plan.space) or 0
            rate = sum(trial.seconds for trial in ended) / epochs
            seconds += rate * max(total - sum(trial.epochs for trial in of_stage), 0)
    return seconds / min(workers, max(left, 1)) if seconds else None
