"""Hyperband."""

from __future__ import annotations

import math
from typing import Annotated, Any

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.messages.counted import counted
from kpipe.space.search_space import SearchSpace
from kpipe.space.stage_conditions import StageConditions
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

    ends_trials = True
    waits_for_scores = True

    @check_arguments
    def __init__(self, factor: Annotated[int, Ge(2)] = 3, iterations: Annotated[int, Ge(1)] = 1) -> None:
        self.factor = factor
        self.iterations = iterations

    def count(self, space: SearchSpace, epochs: int) -> int:
        """Return the number of trials: the points with which all brackets begin."""
        brackets = range(self._longest(epochs) + 1)
        return self.iterations * sum(self._size(epochs, bracket, bracket) for bracket in brackets)

    def num_epochs(self, conditions: StageConditions) -> int:
        """Return the number of epochs of all trials together, of which those that continue train only the rest."""
        total = 0
        for bracket in range(self._longest(conditions.epochs) + 1):
            before = 0
            for left in range(bracket, -1, -1):
                rung = self._rung(conditions.epochs, left)
                total += self._size(conditions.epochs, bracket, left) * (rung - before)
                before = rung
        return self.iterations * total

    def check(self, conditions: StageConditions) -> str | None:
        """Return why the brackets cannot be filled, or their trials cannot be compared; None if they can."""
        if conditions.trials is not None:
            return "Hyperband determines the number of trials; remove `trials` from the stages"
        epochs, size = conditions.epochs, conditions.space.size
        if epochs < self.factor:
            return (
                f"Hyperband compares trials after 1 / {self.factor} of their epochs, so that it requires at least "
                f"{counted(self.factor, 'epoch')}, got {epochs}; use RandomSearch, or train longer"
            )
        needed = self.count(conditions.space, epochs)
        if size is not None and size < needed:
            return (
                f"Hyperband over {epochs} epochs begins with {needed} different points, but the space has only {size}; "
                "use GridSearch, or a larger space"
            )
        unknown = [rung for rung in self._rungs(epochs) if rung not in conditions.scored]
        if unknown:
            return (
                f"Hyperband compares trials after {' and '.join(map(str, unknown))} of {epochs} epochs, but they are "
                f"validated every {conditions.every_epochs} epochs; set train.validate.every_epochs to 1"
            )
        return None

    def _rungs(self, epochs: int) -> list[int]:
        """Return the numbers of epochs after which trials are compared."""
        return sorted({self._rung(epochs, left) for left in range(self._longest(epochs) + 1)})

    def _longest(self, epochs: int) -> int:
        """Return the number of comparisons in the longest bracket."""
        return math.floor(math.log(epochs, self.factor) + 1e-9)

    def _rung(self, epochs: int, left: int) -> int:
        """Return the number of epochs of trials that have `left` comparisons before them."""
        return math.ceil(epochs / float(self.factor) ** left)

    def _size(self, epochs: int, bracket: int, left: int) -> int:
        """Return the number of trials of a bracket that have `left` comparisons before them, as in KerasTuner."""
        size = math.ceil(1 + math.log(epochs, self.factor))
        return math.ceil(size / (bracket + 1) * float(self.factor) ** left)

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's Hyperband."""
        from keras_tuner.oracles import HyperbandOracle

        return HyperbandOracle(max_epochs=epochs, factor=self.factor, hyperband_iterations=self.iterations, **common)
