"""Hyperband."""

from __future__ import annotations

import math
from typing import Annotated, Any

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.space.search_space import SearchSpace
from kpipe.tune.oracles.oracle import Oracle


class Hyperband(Oracle):
    """Many short trials, of which the best continue: successive halving in several brackets.

    Each bracket begins with random points and few epochs. The best 1 / factor of them continue with `factor` times the
    epochs, until `train.epochs` is reached; a trial that continues resumes its own run (Li et al., "Hyperband: A Novel
    Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018, section 3). Each trial is a run of `train.epochs`
    that pauses, so that its schedules are those of the whole run.

    Args:
        factor: by which the number of trials falls and the number of epochs grows, at least 2, default 3.
        iterations: number of repetitions of all brackets, at least 1, default 1.
    """

    waits_for_scores = True

    @check_arguments
    def __init__(self, factor: Annotated[int, Ge(2)] = 3, iterations: Annotated[int, Ge(1)] = 1) -> None:
        self.factor = factor
        self.iterations = iterations

    def count(self, space: SearchSpace, epochs: int) -> int:
        """Return the number of trials: the points with which all brackets begin."""
        longest = math.floor(math.log(epochs, self.factor) + 1e-9)
        size = math.ceil(1 + math.log(epochs, self.factor))
        brackets = (math.ceil(size / (bracket + 1) * self.factor**bracket) for bracket in range(longest + 1))
        return int(self.iterations * sum(brackets))

    def check(self, space: SearchSpace, epochs: int) -> str | None:
        """Return why the brackets cannot be filled; None if they can."""
        needed, size = self.count(space, epochs), space.size
        if size is None or size >= needed:
            return None
        return (
            f"Hyperband over {epochs} epochs begins with {needed} different points, but the space has only {size}; "
            "use GridSearch, or a larger space"
        )

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's Hyperband."""
        from keras_tuner.oracles import HyperbandOracle

        return HyperbandOracle(max_epochs=epochs, factor=self.factor, hyperband_iterations=self.iterations, **common)
