"""The metrics that a callback monitors."""

from __future__ import annotations

from string import Formatter
from typing import Any


def monitored_metrics(callback: Any) -> set[str]:
    """The metrics without which a callback cannot do its work at the end of an epoch.

    Keras' callbacks that monitor a metric warn where it is missing, and ModelCheckpoint then overwrites the best model
    with the present one.

    Args:
        callback: Keras' own, or one with an attribute `monitor`.

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
