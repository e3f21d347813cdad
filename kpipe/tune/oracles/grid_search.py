"""Grid search."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Le

from kpipe.components.argument_check import check_arguments
from kpipe.space.search_space import SearchSpace
from kpipe.tune.oracles.oracle import Oracle


class GridSearch(Oracle):
    """All points of a grid: every option, and evenly distributed values of each range, including its bounds.

    The values of a logarithmic range are evenly distributed in the logarithm.

    Args:
        points: number of values of each range, from 2 to 1,000, default 5; all of an integer range that has fewer.
        trials: largest number of trials, at least 1; default null: the whole grid.
    """

    @check_arguments
    def __init__(
        self, points: Annotated[int, Ge(2), Le(1000)] = 5, trials: Annotated[int, Ge(1)] | None = None
    ) -> None:
        self.grid_points: int = points
        self.trials = trials

    def count(self, space: SearchSpace, epochs: int) -> int | None:
        """Return the number of points of the grid."""
        return space.count(lambda range_: range_.grid(self.grid_points))

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's grid search."""
        from keras_tuner.oracles import GridSearchOracle

        return GridSearchOracle(max_trials=trials, **common)
