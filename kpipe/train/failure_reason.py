"""Why a training failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from kpipe.messages.counted import counted
from kpipe.messages.progress import number
from kpipe.train.best_weights import BestWeights


def no_model(best: BestWeights, epochs: int, every_epochs: int) -> tuple[Literal["exploded", "failed"], str]:
    """The status of a training that kept no weights, and the reason with its remedy.

    Args:
        best: of the training.
        epochs: epochs that have ended.
        every_epochs: between validations.

    Returns:
        `exploded` where a measured state had weights that are not finite; else `failed`.

    Example:
        >>> best = BestWeights("val_loss")
        >>> best.refused = {"not measured": 2}
        >>> no_model(best, 2, 5)[1].partition(";")[0]
        'no model was kept: val_loss was never measured in 2 epochs, and train.validate.every_epochs is 5'
    """
    bad = best.refused.get("weights not finite", 0)
    if bad:
        states = sum(best.refused.values())
        which = "the measured state" if states == 1 else f"{bad} of {states} measured states"
        return "exploded", (
            f"the training exploded: {best.not_finite} was not finite in {which}, so no model was kept; lower the "
            "learning rate, or clip the gradients (global_clipnorm: 1)"
        )
    if best.refused.get("monitor not finite", 0):
        return "failed", (
            f"no model was kept: {best.monitor} was never a finite number, while the weights were finite; choose "
            "another train.choose.monitor, or look for infinities and NaN in the data and the loss"
        )
    return "failed", (
        f"no model was kept: {best.monitor} was never measured in {counted(epochs, 'epoch')}, and "
        f"train.validate.every_epochs is {every_epochs}; validate more often, or write choose: {{monitor: last}}"
    )


def explosion(epoch: int, events: Sequence[Mapping[str, Any]], best: BestWeights, folder: Path) -> str:
    """Return the message about a training that has exploded.

    Args:
        epoch: in which it did, from 1.
        events: of the `ExplosionDetector`; empty where there is none.
        best: of the training.
        folder: the run folder.

    Example:
        >>> explosion(2, (), BestWeights("val_loss"), Path("runs/1")).partition(";")[0]
        'the training exploded in epoch 2: its loss or weights are not finite'
    """
    reason = "its loss or weights are not finite"
    if events:
        event = events[-1]
        loss = event["loss"]
        what = "the weights were not finite after" if loss is None else f"the loss was {number(loss)} in"
        reason = f"{what} step {event['step']}, and the state after step {event['good_step']} was put back"
    return (
        f"the training exploded in epoch {epoch}: {reason}; {kept_model(best, folder)}; lower the learning rate, or "
        "clip the gradients (global_clipnorm: 1)"
    )


def kept_model(best: BestWeights, folder: Path) -> str:
    """Return which model a failed training leaves, as a clause of its message.

    Example:
        >>> kept_model(BestWeights("val_loss"), Path("runs/1"))
        'no earlier state could be kept in runs/1'
    """
    if best.moment is None:
        return f"no earlier state could be kept in {folder}"
    return f"the model of epoch {best.moment.epoch} is kept in {folder}"
