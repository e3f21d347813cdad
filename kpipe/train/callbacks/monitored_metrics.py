"""The metrics that a callback monitors."""

from __future__ import annotations

from string import Formatter
from typing import Any


def monitored_metrics(callback: Any) -> set[str]:
    """Return the names of the metrics that a callback needs at the end of an epoch.

    If a monitored metric is missing, Keras' callbacks only warn, and ModelCheckpoint overwrites the best model with the
    current one.

    Args:
        callback: a callback of Keras, or a custom one with an attribute `monitor`.

    Example:
        >>> import keras
        >>> monitored_metrics(keras.callbacks.EarlyStopping("val_loss"))
        {'val_loss'}
        >>> monitored_metrics(keras.callbacks.ModelCheckpoint("{epoch}-{val_accuracy:.2f}.keras"))
        {'val_accuracy'}
    """
    found = set()
    monitor = getattr(callback, "monitor", None)
    if isinstance(monitor, str) and monitor != "learning_rate" and getattr(callback, "save_best_only", True):
        found.add(monitor)
    path = getattr(callback, "filepath", None)
    if isinstance(path, str):
        found |= {field for _, field, _, _ in Formatter().parse(path) if field} - {"epoch", "batch"}
    return found
