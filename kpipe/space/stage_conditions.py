"""The conditions under which the trials of a stage of a sweep run."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.space.search_space import SearchSpace


@dataclass(frozen=True, kw_only=True)
class StageConditions:
    """The conditions under which the trials of a stage of a sweep run, to check what chooses and ends them.

    Args:
        space: the search space.
        epochs: largest number of epochs of a trial.
        trials: the number of trials in the spec of the stage; None, the default, if it has none.
        every_epochs: number of epochs between two scores of a trial, default 1; the last epoch has a score in any case.
        num_others: largest number of other runs that a run can be compared with, also those of earlier stages; None,
            the default, if it is not known.

    Example:
        >>> StageConditions(space=SearchSpace(()), epochs=5, every_epochs=2).scored
        [2, 4, 5]
    """

    space: SearchSpace
    epochs: int
    trials: int | None = None
    every_epochs: int = 1
    num_others: int | None = None

    @property
    def scored(self) -> list[int]:
        """The numbers of the epochs after which a trial has a new score."""
        return sorted({*range(self.every_epochs, self.epochs + 1, self.every_epochs), self.epochs})
