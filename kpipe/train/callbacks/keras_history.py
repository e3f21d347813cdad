"""The state of Keras' own `History`, which has a list of all epochs for each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras


def is_keras_history(callback: Any) -> bool:
    """Return whether a callback is the one that Keras adds to each training."""
    return type(callback) is keras.callbacks.History


def history_names(callback: keras.callbacks.History) -> dict[str, Any]:
    """Return the state of Keras' `History` for a checkpoint: the names of its lists, whose values are in the rows."""
    return {"names": [*callback.history]}


def restore_keras_history(callback: Any, state: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Fill the lists of Keras' `History` with the rows of `history.csv`; do nothing for any other callback.

    Args:
        callback: a callback.
        state: what `history_names` returned, or the attributes of the callback in checkpoints of earlier versions.
        rows: the rows by column.

    Example:
        >>> callback = keras.callbacks.History()
        >>> restore_keras_history(callback, {"names": ["loss"]}, [{"epoch": 1, "loss": 0.5, "seconds": 1.0}])
        >>> callback.epoch, callback.history
        ([0], {'loss': [0.5]})
    """
    if not is_keras_history(callback) or "names" not in state:
        return
    callback.epoch = [row["epoch"] - 1 for row in rows]
    found = {name: [row[name] for row in rows if row.get(name) is not None] for name in state["names"]}
    callback.history = {name: values for name, values in found.items() if values}
