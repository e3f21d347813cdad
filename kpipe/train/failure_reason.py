"""Messages about trainings that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from kpipe.messages.counted import counted
from kpipe.messages.metrics_text import number
from kpipe.train.best_weights import BestWeights


def no_model(best: BestWeights, epochs: int, every_epochs: int) -> tuple[Literal["exploded", "failed"], str]:
    """Return the status of a training that kept no weights, and the reason with a remedy.

    Args:
        best: the best weights of the training.
        epochs: the number of epochs that have ended.
        every_epochs: the number of epochs between validations.

    Returns:
        `exploded` if an evaluated state had weights that are not finite, otherwise `failed`; and the reason.

    Example:
        >>> best = BestWeights("val_loss")
        >>> best.refused = {"not measured": 2}
        >>> no_model(best, 2, 5)[1].partition(";")[0]
        'no model was kept: val_loss was not measured in 2 epochs, since train.validate.every_epochs is 5'
    """
    bad = best.refused.get("weights not finite", 0)
    if bad:
        states = sum(best.refused.values())
        which = "the evaluated state" if states == 1 else f"{bad} of {states} evaluated states"
        return "exploded", (
            f"the training exploded: {best.not_finite} was not finite in {which}, so no model was kept; lower the "
            "learning rate, or clip the gradients (global_clipnorm: 1)"
        )
    if best.refused.get("monitor not finite", 0):
        return "failed", (
            f"no model was kept: {best.monitor} was never finite, although the weights were; choose "
            "another train.choose.monitor, or search the data and the loss for NaN and infinity"
        )
    return "failed", (
        f"no model was kept: {best.monitor} was not measured in {counted(epochs, 'epoch')}, since "
        f"train.validate.every_epochs is {every_epochs}; validate more often, or write choose: {{monitor: last}}"
    )


def explosion(
    epoch: int,
    events: Sequence[Mapping[str, Any]],
    best: BestWeights,
    folder: Path,
    *,
    has_learning_rate: bool = True,
    stop_reason: str | None = None,
) -> str:
    """Return the message about a training that has exploded.

    Args:
        epoch: the epoch in which it exploded, from 1.
        events: the explosions that the `ExplosionDetector` found; empty without a detector.
        best: the best weights of the training.
        folder: the run folder.
        has_learning_rate: whether the optimizer has a learning rate, default True.
        stop_reason: why the optimizer has ended the training; None, the default, if it has not.

    Example:
        >>> explosion(2, (), BestWeights("val_loss"), Path("runs/1")).partition(";")[0]
        'the training exploded in epoch 2: its loss or weights are not finite'
    """
    reason = "its loss or weights are not finite" if stop_reason is None else stop_reason
    kept = kept_model(best, folder)
    if events:
        event = events[-1]
        loss = event["loss"]
        what = "the weights were not finite after" if loss is None else f"the loss was {number(loss)} in"
        state = f"the state after step {event['good_step']}" if event["good_step"] else "the initial state"
        reason = f"{what} step {event['step']}, and {state} was restored"
        if not event["good_step"] and best.moment is not None:
            kept = f"the model in {folder} is untrained"
    remedy = (
        "lower the learning rate, or clip the gradients (global_clipnorm: 1)"
        if has_learning_rate
        else "check the inputs, the loss and the initial weights"
    )
    return f"the training exploded in epoch {epoch}: {reason}; {kept}; {remedy}"


def kept_model(best: BestWeights, folder: Path) -> str:
    """Return the clause of a message that tells which model a failed training has kept.

    Example:
        >>> kept_model(BestWeights("val_loss"), Path("runs/1"))
        'no earlier state was kept in runs/1'
    """
    if best.moment is None:
        return f"no earlier state was kept in {folder}"
    return f"the model of epoch {best.moment.epoch} is kept in {folder}"
