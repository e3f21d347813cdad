"""Bayesian optimization."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Gt

from kpipe.components.argument_check import check_arguments
from kpipe.space.stage_conditions import StageConditions
from kpipe.tune.oracles.oracle import Oracle


class BayesianOptimization(Oracle):
    """Points where a Gaussian process, fitted to all trials so far, expects the best score or knows the least.

    The next point minimizes mean - beta * deviation, the lower confidence bound of the score to be minimized (Srinivas
    et al., "Gaussian Process Optimization in the Bandit Setting", ICML 2010, section 3). The kernel is a Matern kernel
    with nu = 2.5.

    Args:
        trials: number of trials, at least 1, default 10.
        num_initial_points: number of random points at the beginning, at least 1 and less than that of the trials;
            default null: three times the number of values, and at most half of the trials.
        alpha: variance of the noise of the scores, greater than 0, default 1e-4.
        beta: weight of the deviation, at least 0, default 2.6; larger values explore more.
    """

    @check_arguments
    def __init__(
        self,
        trials: Annotated[int, Ge(1)] = 10,
        num_initial_points: Annotated[int, Ge(1)] | None = None,
        alpha: Annotated[float, Gt(0)] = 1e-4,
        beta: Annotated[float, Ge(0)] = 2.6,
    ) -> None:
        self.trials: int = trials
        self.num_initial_points = num_initial_points
        self.alpha = alpha
        self.beta = beta

    def check(self, conditions: StageConditions) -> str | None:
        """Return why all points would be random; None if they are not."""
        trials = conditions.trials if conditions.trials is not None else self.trials
        if self.num_initial_points is None or self.num_initial_points < trials or trials == 1:
            return None
        return (
            f"all points would be random; expected num_initial_points below {trials}, the number of trials, got "
            f"{self.num_initial_points}; write fewer, or use RandomSearch"
        )

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's Bayesian optimization."""
        from keras_tuner.oracles import BayesianOptimizationOracle

        values = len(common["hyperparameters"].space)
        most = max(1, (trials or self.trials) // 2)
        return BayesianOptimizationOracle(
            max_trials=trials,
            num_initial_points=self.num_initial_points or min(3 * values, most),
            alpha=self.alpha,
            beta=self.beta,
            **common,
        )
