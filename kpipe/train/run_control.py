"""Control of a training from outside, between its epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpipe.errors import ArgumentError


@dataclass(frozen=True, kw_only=True)
class RunControl:
    """Control of a training from outside, between its epochs.

    A training that ends by it has saved its state: `resume` continues it, with results that are bit-identical to those
    of an uninterrupted run. If an epoch is the last one anyway, the training ends as usual.

    Args:
        pause_after: the number of epochs of the whole training after which it ends with the status `paused`, at least
            1; None, the default, to train until the end. A resumed training that has reached it ends at once.
        epoch_ended: called after each epoch with its number, from 1, and its metrics by name, after the state has been
            saved; the training ends with the status `pruned` if it returns False. A resumed training calls it again
            for the epoch at whose end it was saved. None, the default, to continue always.

    Raises:
        ArgumentError: `pause_after` is below 1.

    Example:
        >>> control = RunControl(epoch_ended=lambda epoch, metrics: metrics["val_loss"] < 2)
        >>> control.continues(1, {"val_loss": 3.0}), control.is_pause(1)
        (False, False)
        >>> [RunControl(pause_after=2).is_pause(epoch) for epoch in (1, 2, 3)]
        [False, True, True]
    """

    pause_after: int | None = None
    epoch_ended: Callable[[int, Mapping[str, float]], bool] | None = None

    def __post_init__(self) -> None:
        if self.pause_after is not None and self.pause_after < 1:
            message = f"expected None, or a number of epochs of at least 1, got {self.pause_after}"
            raise ArgumentError("pause_after", message)

    def continues(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Report the end of an epoch, and return whether to continue."""
        return self.epoch_ended is None or self.epoch_ended(epoch, dict(metrics))

    def is_pause(self, epoch: int) -> bool:
        """Return whether the training pauses after this number of epochs."""
        return self.pause_after is not None and epoch >= self.pause_after
