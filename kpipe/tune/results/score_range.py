"""The range of scores that a picture shows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

#: Bad scores are typical if their quartile is at most this many times as far from the best one as the good quartile.
_TYPICAL = 20
#: How far the range extends, in distances between the best score and the quartile.
_REACH = 4
#: The part of the range that is empty at both ends.
_MARGIN = 0.06


def score_range(scores: Sequence[float], mode: Literal["min", "max"]) -> tuple[float, float]:
    """Return the lower and the upper limit of an axis of scores.

    The best score is always inside. Scores that are far worse are outside, so that bad trials do not hide the
    differences between the good ones, even if most are bad: those beyond the fence b + 4 (q - b), where b is the best
    score and q the quartile on the bad side, or the one on the good side if the first is more than 20 times as far
    from b. (Tukey's fences, "Exploratory Data Analysis", 1977, with the best score as the reference.)

    Args:
        scores: at least one score.
        mode: whether a small or a large score is better.

    Example:
        >>> low, high = score_range([0.25, 0.5, 0.75, 1000.0], "min")
        >>> low < 0.25, 0.75 < high < 2
        (True, True)
    """
    losses = sorted(scores if mode == "min" else (-score for score in scores))
    best, worst = losses[0], losses[-1]
    if len(losses) > 3:
        good, _, bad = statistics.quantiles(losses, n=4, method="inclusive")
        reach = bad - best if bad - best <= _TYPICAL * (good - best) or good == best else good - best
        if reach > 0:
            worst = max(loss for loss in losses if loss <= best + _REACH * reach)
    margin = _MARGIN * ((worst - best) or abs(best) or 1.0)
    low, high = best - margin, worst + margin
    return (low, high) if mode == "min" else (-high, -low)
