"""The range of values in captions."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.report.sheets.number_text import number_text
from kpipe.report.sheets.thumbnail import Thumbnail


def value_span(thumbnails: Sequence[Thumbnail]) -> str:
    r"""Return the range and the mean of the values of some samples, and how many values are not finite.

    The mean is that of the means of the samples. Spaces inside of the parts do not break lines.

    Args:
        thumbnails: the samples, at least one.

    Example:
        >>> import numpy as np
        >>> value_span([Thumbnail.of(np.array([[0.0, 0.5], [1.0, np.nan]]))])
        '0\xa0to\xa01, mean\xa00.5, 1\xa0not\xa0finite'
    """
    finite = [entry for entry in thumbnails if entry.low <= entry.high]
    parts = []
    if finite:
        low, high = min(entry.low for entry in finite), max(entry.high for entry in finite)
        mean = sum(entry.mean for entry in finite) / len(finite)
        parts = [f"{number_text(low)} to {number_text(high)}", f"mean {number_text(mean)}"]
    if count := sum(entry.not_finite for entry in thumbnails):
        parts.append(f"{count:,} not finite")
    return ", ".join(part.replace(" ", "\u00a0") for part in parts)
