"""Statistics of the output of a layer, as tensors."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from kpipe_callbacks._activations import bounds, can_die

#: The distance from a bound within which a value is saturated.
_NEAR = 0.01
#: The largest number of values in a sample of an output.
MOST_OUTPUTS = 1024
#: Multiples of the golden ratio spread over [0, 1) without a period, so that all channels occur.
_PLACES = (np.arange(MOST_OUTPUTS) * ((5**0.5 - 1) / 2)) % 1


def output_statistics(layer: Any, output: Any, mask: Any) -> list[Any]:
    """Compute statistics of an output in float32.

    Args:
        layer: the layer.
        output: its output, shape (batch, ...).
        mask: which positions count, shape (batch, ...) of the first axes of the output; None for all.

    Returns:
        Four scalars, the statistics of `LayerValues`: mean, deviation, dead and saturated; NaN for one that the
        activation does not have.
    """
    values = ops.cast(output, "float32")
    if len(values.shape) < 2:
        values = ops.reshape(values, (-1, 1))
    counts = None if mask is None else _counts(values, mask)
    missing = ops.full((), np.nan, "float32")
    limits = bounds(layer)
    near = None if limits is None else (values < limits[0] + _NEAR) | (values > limits[1] - _NEAR)
    return [
        _mean(values, counts),
        ops.sqrt(_variance_over_samples(values, counts)),
        _dead(values, counts, _channel_axis(layer, values)) if can_die(layer) else missing,
        missing if near is None else _mean(ops.cast(near, "float32"), counts),
    ]


def channel_count(layer: Any, output: Any) -> int:
    """Return the number of channels of an output."""
    return int(output.shape[_channel_axis(layer, output)]) if len(output.shape) > 1 else 1


def sample_of(output: Any, mask: Any) -> Any:
    """Return up to 1,024 values of an output from fixed places in float32; NaN at places that a mask excludes."""
    values = ops.cast(output, "float32")
    if mask is not None:
        values = ops.where(_counts(values, mask) > 0, values, np.nan)
    flat = ops.reshape(values, (-1,))
    size = flat.shape[0]
    if size is None:  # known only once it is computed
        places = ops.cast(ops.floor(_PLACES * ops.cast(ops.shape(flat)[0], "float64")), "int32")
    else:
        places = np.arange(size) if size <= MOST_OUTPUTS else np.floor(_PLACES * size).astype("int32")
    return ops.take(flat, places)


def _counts(values: Any, mask: Any) -> Any:
    """Return 1 for values that count and 0 for others, in the shape of the values."""
    mask = ops.cast(mask, "float32")
    while len(mask.shape) < len(values.shape):
        mask = ops.expand_dims(mask, -1)
    return ops.broadcast_to(mask, ops.shape(values))


def _mean(values: Any, counts: Any) -> Any:
    if counts is None:
        return ops.mean(values)
    # A value that does not count may be NaN.
    return ops.divide_no_nan(ops.sum(ops.where(counts > 0, values, 0.0)), ops.sum(counts))


def _variance_over_samples(values: Any, counts: Any) -> Any:
    """Return the mean over units of the variance over samples; units are weighted by the samples that count."""
    if counts is None:
        return ops.mean(ops.var(values, axis=0))
    values = ops.where(counts > 0, values, 0.0)
    means = ops.divide_no_nan(ops.sum(values, axis=0), ops.sum(counts, axis=0))
    return ops.divide_no_nan(ops.sum(counts * ops.square(values - means)), ops.sum(counts))


def _dead(values: Any, counts: Any, channel_axis: int) -> Any:
    active = values > 0 if counts is None else (values > 0) & (counts > 0)
    axes = tuple(axis for axis in range(len(values.shape)) if axis != channel_axis)
    return 1 - ops.mean(ops.cast(ops.any(active, axis=axes), "float32"))


def _channel_axis(layer: Any, values: Any) -> int:
    rank = len(values.shape)
    # Layers without channels of their own, such as activations, follow the default.
    order = getattr(layer, "data_format", None) or (keras.config.image_data_format() if rank > 3 else "channels_last")
    return 1 if order == "channels_first" and rank > 2 else rank - 1
