"""Random search."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.tune.oracles.oracle import Oracle


class RandomSearch(Oracle):
    """Independent random points: each value is drawn from its space.

    Of many values few are important, and random points try more different values of each than a grid of the same size
    (Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012, section 1).

    Args:
        trials: number of trials, at least 1, default 10. A space with fewer points ends the sweep earlier.
    """

    @check_arguments
    def __init__(self, trials: Annotated[int, Ge(1)] = 10) -> None:
        self.trials = trials

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's random search."""
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(max_trials=trials, **common)
