"""One curve of a plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: The largest number of points of a curve; each of half as many parts of a longer one has its extremes.
MOST_POINTS = 400
#: The largest number of dots.
_MOST_DOTS = 1000

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A curve of a plot.

    Args:
        name: what it shows, such as the name of a run.
        x: the positions, such as epochs, in order.
        y: the values; None where there is none, over which the curve continues, and NaN where it has a gap.
        color: a color of CSS, such as one of `series_color`.
        is_dashed: whether the line is dashed, as that of a training metric; False by default.
        run: a number by which the page highlights all curves of the same run; None by default.
        is_strong: whether the line is thick, as that of the best run among many; False by default.
        mark: the position of a dot, such as the chosen epoch; None (default) for none.
        is_points: whether each value is a dot, without a line; False by default.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    color: str
    is_dashed: bool = False
    run: int | None = None
    is_strong: bool = False
    mark: float | None = None
    is_points: bool = False

    def segments(self) -> list[list[Point]]:
        """Return the points between gaps, at most about 400 in total.

        Example:
            >>> Curve("a", [1, 2, 3, 4], [0.5, None, 0.25, float("nan")], "red").segments()
            [[(1, 0.5), (3, 0.25)]]
        """
        known = [(place, value) for place, value in zip(self.x, self.y, strict=True) if value is not None]
        gaps = [-1, *(index for index, (_, value) in enumerate(known) if not math.isfinite(value)), len(known)]
        found = [known[first + 1 : last] for first, last in pairwise(gaps) if last > first + 1]
        total = sum(map(len, found))
        return [_thinned(points, math.ceil(MOST_POINTS * len(points) / total)) for points in found]

    def points(self) -> list[Point]:
        """Return the finite values as points, of many about 1,000 at equal distances.

        Example:
            >>> Curve("a", [1, 2, 3], [0.5, None, float("nan")], "red").points()
            [(1, 0.5)]
        """
        pairs = zip(self.x, self.y, strict=True)
        known = [(place, value) for place, value in pairs if value is not None and math.isfinite(value)]
        return known[:: math.ceil(len(known) / _MOST_DOTS) or 1]

    def marked(self) -> Point | None:
        """Return the point of the dot, if the curve has a finite value there."""
        places = dict(zip(self.x, self.y, strict=True)) if self.mark is not None else {}
        value = places.get(self.mark) if self.mark is not None else None
        return None if value is None or self.mark is None or not math.isfinite(value) else (self.mark, value)


def _thinned(points: list[Point], most: int) -> list[Point]:
    """Return the smallest and the largest value of each of `most / 2` parts of a curve, with its ends."""
    if len(points) <= most:
        return points
    parts = max(most // 2, 1)
    kept = {0, len(points) - 1}
    for part in range(parts):
        indices = range(part * len(points) // parts, (part + 1) * len(points) // parts)
        kept |= {min(indices, key=lambda index: points[index][1]), max(indices, key=lambda index: points[index][1])}
    return [points[index] for index in sorted(kept)]
