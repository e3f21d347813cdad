"""The error raised when a training explodes."""

from __future__ import annotations


class ExplosionError(ValueError):
    """Raised by an `ExplosionDetector` for an explosion with `on_explosion="raise"`, or for an unusable reference.

    The model keeps its weights of that moment; the `events` of the detector describe the explosion.
    """
