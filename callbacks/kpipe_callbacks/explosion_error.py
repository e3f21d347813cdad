"""The error for a training that exploded."""

from __future__ import annotations


class ExplosionError(ValueError):
    """Raised by an `ExplosionDetector`: an explosion with `on_explosion="raise"`, or a loss that cannot be judged.

    The model has the weights of that moment; what happened is in the detector's `events`.
    """
