"""The base class of pruners."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from kpipe.space.stage_conditions import StageConditions

Curve = Sequence[float | None]


class Pruner(ABC):
    """Base class of what ends a trial of a sweep that is worse than the others.

    A custom pruner derives from this class and defines `ends`.
    """

    def check(self, conditions: StageConditions) -> str | None:
        """Return why the pruner cannot end any trial of a stage of a sweep; None if it can.

        Args:
            conditions: those of the stage.
        """
        return None

    @abstractmethod
    def ends(self, curve: Curve, others: Sequence[Curve]) -> bool:
        """Return whether a trial ends after the last epoch of its curve.

        Args:
            curve: the score of the trial after each epoch, where larger is better; None for an epoch that was not
                validated.
            others: the curves of the other trials, which may be shorter or longer.
        """
