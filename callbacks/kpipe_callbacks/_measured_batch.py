"""The batch of a measurement."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def check_batch(batch: Any) -> None:
    """Raise an error for a batch that is not a tuple.

    Raises:
        ValueError: it is not (x, y) or (x, y, sample_weight).
    """
    if not isinstance(batch, tuple) or len(batch) not in (2, 3):
        found = f"a tuple of {len(batch)}" if isinstance(batch, tuple) else type(batch).__name__
        raise ValueError(f"batch: expected (x, y) or (x, y, sample_weight), got {found}")


def tensors_of(batch: Any) -> Any:
    """A batch as tensors; floats of NumPy have the default size, as in `fit`."""
    return keras.tree.map_structure(_tensor, batch)


def _tensor(value: Any) -> Any:
    if value is None or keras.ops.is_tensor(value):
        return value
    array = np.asarray(value)
    return keras.ops.convert_to_tensor(array, keras.config.floatx() if array.dtype.kind == "f" else None)
