"""A confusion matrix as a figure of Matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kpipe.tune.results.figure_text import figure_text

#: The most classes whose numbers are written into their cells, and whose names are beside the axes.
_MOST_NUMBERS, _MOST_NAMES = 20, 50


def confusion_figure(classes: Sequence[str], matrix: Sequence[Sequence[int]], title: str) -> Any:
    """Return a confusion matrix, shaded by the share of the true class.

    Args:
        classes: the names of the classes.
        matrix: the number of samples of each true class (row) for each predicted class (column).
        title: the title.
    """
    from matplotlib.figure import Figure

    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = float(np.clip(0.45 * len(classes), 3, 9))
    figure = Figure(figsize=(side + 1.5, side + 1), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(classes) <= _MOST_NAMES:
        names = [figure_text(name, 20) for name in classes]
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
        axes.set_yticks(range(len(names)), names, fontsize=8)
    if len(classes) <= _MOST_NUMBERS:
        for row, column in np.argwhere(counts):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=color, fontsize=7)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.set_title(figure_text(title, 60), loc="left", fontsize=11, fontweight="bold")
    return figure
