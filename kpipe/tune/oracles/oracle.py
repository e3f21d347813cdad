"""The base class of oracles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from kpipe.space.search_space import SearchSpace
from kpipe.space.stage_conditions import StageConditions


class Oracle(ABC):
    """Base class of what proposes the values of the next trial of a sweep.

    An oracle only chooses an algorithm of KerasTuner and its arguments; `Proposer` uses it. A custom oracle derives
    from this class and returns any `keras_tuner.Oracle` from `create`.

    Attributes:
        trials: number of trials; None if the algorithm determines it.
        ends_trials: whether trials end before their last epoch because others are better, so that a pruner is refused.
        waits_for_scores: whether failed trials are reported only when there is a score to compare with, since a failed
            one would leave a place of its comparison empty.
        grid_points: number of values of each range, if only a grid of values is proposed.
    """

    trials: int | None = None
    ends_trials: ClassVar[bool] = False
    waits_for_scores: ClassVar[bool] = False
    grid_points: int | None = None

    def check(self, conditions: StageConditions) -> str | None:
        """Return why the oracle cannot be used in a stage of a sweep; None if it can.

        Args:
            conditions: those of the stage.
        """
        return None

    def count(self, space: SearchSpace, epochs: int) -> int | None:
        """Return the number of trials if the algorithm determines it; None if it is not known.

        Args:
            space: the search space.
            epochs: largest number of epochs of a trial.
        """
        return None

    def num_trials(self, conditions: StageConditions) -> int | None:
        """Return the largest number of trials of a stage; None if it is not known.

        Points that were run are not run again, so that it is at most the number of points of the space.

        Args:
            conditions: those of the stage.
        """
        found = conditions.trials or self.trials or self.count(conditions.space, conditions.epochs)
        known = [number for number in (found, conditions.space.size) if number is not None]
        return min(known, default=None)

    def num_epochs(self, conditions: StageConditions) -> int | None:
        """Return the largest number of epochs of all trials of a stage together; None if it is not known.

        Args:
            conditions: those of the stage.
        """
        trials = self.num_trials(conditions)
        return None if trials is None else trials * conditions.epochs

    @abstractmethod
    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return the oracle of KerasTuner.

        Args:
            trials: largest number of trials; None if the oracle determines it.
            epochs: largest number of epochs of a trial.
            common: arguments of every oracle: the objective, the space, the seed, and that failures never end it.
        """
