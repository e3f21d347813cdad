"""How the pictures of a sweep mark its trials."""

from __future__ import annotations

from typing import Any

#: The best trial.
BEST: dict[str, Any] = {"color": "crimson"}
#: A trial that failed: a cross.
FAILED: dict[str, Any] = {"marker": "x", "markersize": 6, "color": "0.45", "linestyle": "none"}
#: The colors of the stages of a sweep, in their order.
STAGES = ("tab:blue", "tab:orange", "tab:green", "tab:purple", "tab:brown", "tab:olive")


def stage_color(stage: int) -> str:
    """Return the color of a stage, whose number begins at 1.

    Example:
        >>> stage_color(1), stage_color(7)
        ('tab:blue', 'tab:blue')
    """
    return STAGES[(stage - 1) % len(STAGES)]
