"""Matplotlib axes for the plots of this package."""

from __future__ import annotations

from typing import Any


def axes_or_new(ax: Any) -> Any:
    """Matplotlib axes: `ax`, or new ones if it is None.

    Raises:
        ImportError: Matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plot requires Matplotlib; run: pip install matplotlib") from error
    return ax if ax is not None else plt.subplots()[1]
