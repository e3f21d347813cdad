"""How much each value of a sweep determines the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from kpipe.space.parameter import Parameter
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace
from kpipe.tune.sweep_trial import SweepTrial

#: Fewest trials with a score; fewer do not determine a forest.
MIN_SCORED = 8
#: Trials with a score from which the importance is not rough any more.
MANY_SCORED = 30
_NUM_TREES = 100
_SEED = 0


def importance(
    space: SearchSpace, trials: Sequence[SweepTrial], mode: Literal["min", "max"]
) -> dict[str, float] | None:
    r"""Return the importance of each parameter: the share of the variance of the scores that it explains.

    A random forest of 100 trees with seed 0 predicts the ranks r of the scores from the values. The importance of
    parameter j is that of Breiman, "Random Forests", Machine Learning 45, 2001, section 10: the increase of the squared
    error on the trials that a tree has not seen, if their values of j are permuted,

        (E[(r - f(x with x_j permuted))^2] - E[(r - f(x))^2]) / (2 Var[r]),

    which estimates the total Sobol index of j, including its interactions (Gregorutti, Michel, Saint-Pierre,
    "Correlation and variable importance in random forests", Statistics and Computing 27, 2017). 0 means that the
    parameter makes no difference. The sum is below 1 if the scores are noisy, and can exceed 1 with interactions.

    Trials that failed have the worst rank, so that a value that decides between failure and success is important. Log
    ranges are compared in the logarithm. A parameter that exists only with an option of a choice is permuted among the
    trials that have it.

    Args:
        space: the search space.
        trials: the trials; those that run are omitted.
        mode: whether a small or a large score is better.

    Returns:
        The importance by the name of the parameter, or None if fewer than 8 trials have a score, or all of them have
        the same.
    """
    import numpy as np

    ended = [trial for trial in trials if trial.status != "running"]
    losses = [_loss(trial, mode) for trial in ended]
    if sum(np.isfinite(losses)) < MIN_SCORED or len(set(losses)) == 1:
        return None
    columns = [[_code(parameter, trial) for trial in ended] for parameter in space.parameters]
    increases = _increases(np.array(columns, dtype=np.float32).T, _ranks(losses))
    return {parameter.name: max(0.0, increase) for parameter, increase in zip(space.parameters, increases, strict=True)}


def _loss(trial: SweepTrial, mode: Literal["min", "max"]) -> float:
    score = trial.score
    if score is None:
        return float("inf")
    return score if mode == "min" else -score


def _ranks(losses: Sequence[float]) -> Any:
    """Return the ranks; equal losses have the mean of their ranks."""
    import numpy as np

    _, place, counts = np.unique(losses, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def _code(parameter: Parameter, trial: SweepTrial) -> float:
    """Return a value as a number; NaN if the trial does not have the parameter."""
    value = trial.values.get(parameter.name)
    if value is None:
        return float("nan")
    space = parameter.space
    if isinstance(space, Range):
        return space.position(float(value))
    return float(space.labels.index(value))


def _increases(codes: Any, ranks: Any) -> list[float]:
    """Return the increase of the squared error of each column, as a share of twice the variance of the ranks."""
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor

    exists = ~np.isnan(codes)
    # A constant instead of a missing value, so that the tree learns about the choice only from the choice.
    filled = np.where(exists, codes, np.float32(0.5))
    forest = RandomForestRegressor(_NUM_TREES, min_samples_leaf=2, random_state=_SEED).fit(filled, ranks)
    generator = np.random.default_rng(_SEED)
    increases = np.zeros((_NUM_TREES, codes.shape[1]))
    for number, (tree, seen) in enumerate(zip(forest.estimators_, forest.estimators_samples_, strict=True)):
        rows = np.setdiff1d(np.arange(len(ranks)), seen)
        if not len(rows):
            continue
        error = _error(tree, filled[rows], ranks[rows])
        for column in range(codes.shape[1]):
            permuted, own = filled[rows], exists[rows, column]
            permuted[own, column] = generator.permutation(permuted[own, column])
            increases[number, column] = _error(tree, permuted, ranks[rows]) - error
    return [float(value) for value in increases.mean(axis=0) / (2 * ranks.var())]


def _error(tree: Any, inputs: Any, targets: Any) -> float:
    return float(((tree.tree_.predict(inputs)[:, 0] - targets) ** 2).mean())
