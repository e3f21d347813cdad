"""Colors of several series, as colors of CSS that suit the light and the dark mode."""

from __future__ import annotations

#: The number of colors that a reader can tell apart, which the style of the page defines.
MOST_SERIES = 10


def series_color(index: int) -> str:
    """Return the color of a series; the eleventh has that of the first one.

    Args:
        index: its number, from 0.

    Example:
        >>> series_color(0), series_color(10)
        ('var(--series-1)', 'var(--series-1)')
    """
    return f"var(--series-{index % MOST_SERIES + 1})"


def ranked_color(rank: int, count: int) -> str:
    """Return the color of one of many series by its rank: strong for the best ones, pale for the worst one.

    Args:
        rank: its rank, from 0.
        count: the number of series.

    Example:
        >>> ranked_color(0, 3), ranked_color(1, 3)
        ('color-mix(in oklab, var(--best) 100%, var(--worst))', 'color-mix(in oklab, var(--best) 25%, var(--worst))')
    """
    share = 1.0 if count < 2 else (1 - rank / (count - 1)) ** 2
    return f"color-mix(in oklab, var(--best) {100 * share:.0f}%, var(--worst))"
