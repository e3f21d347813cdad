"""The notice that the epoch of a score is chosen by another metric than the trials."""

from __future__ import annotations

from kpipe.model.metric_direction import LAST, direction
from kpipe.tune.sweep_plan import SweepPlan

_AUTO = "auto"


def choice_notice(plan: SweepPlan) -> str | None:
    """Return that `train.choose` and the objective are different metrics; None if they are the same.

    Nothing is returned either if all trials have one epoch, so that there is no choice, or if the last epoch is kept.

    Args:
        plan: the plan of the sweep.
    """
    choose = plan.spec.train.choose
    monitor, mode = choose.monitor, choose.mode
    if monitor == _AUTO and plan.monitor.startswith("val_"):
        monitor, mode = "val_loss", "min"
    searches_epochs = any(path == "train.epochs" or path.startswith("train.stages") for path in plan.space.paths)
    has_epochs = searches_epochs or any(stage.epochs > 1 for stage in plan.stages)
    if monitor in (_AUTO, LAST, plan.monitor) or not has_epochs:
        return None
    goal = "highest" if (direction(monitor) if mode == _AUTO else mode) == "max" else "lowest"
    added = "" if direction(plan.monitor) == plan.mode else f" and train.choose.mode to {plan.mode}"
    return (
        f"the score of a trial is {plan.monitor} at its epoch of the {goal} {monitor} (train.choose), which is not "
        f"always that of the best {plan.monitor}; to keep the latter, set train.choose.monitor to {plan.monitor}{added}"
    )
