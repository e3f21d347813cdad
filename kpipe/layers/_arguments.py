"""Checks of arguments and inputs shared by several layers."""

from __future__ import annotations

from typing import Any

import keras

Shape = tuple[int | None, ...]

_CHANNELS = {"channels_last": "(n, ..., channels)", "channels_first": "(n, channels, ...)"}


def data_format_of(value: Any) -> str:
    """Return a data format, by default that of the Keras configuration.

    Args:
        value: `channels_last`, `channels_first`, or None for the default.

    Raises:
        ValueError: the value is none of these.
    """
    if value not in (None, "channels_last", "channels_first"):
        raise ValueError(f"data_format: unknown value; expected channels_last, channels_first or None, got {value!r}")
    return str(value or keras.config.image_data_format())


def wide_dtype(layer: Any, inputs: Any) -> str:
    """The data type for sums and squares of inputs: float64 if the inputs or the layer have it, else float32.

    A layer that uses it sets `autocast = False`. Otherwise Keras would first round the inputs to half precision, in
    which values above 65,504 are infinite.
    """
    dtypes = (keras.backend.standardize_dtype(inputs.dtype), layer.compute_dtype)
    return "float64" if "float64" in dtypes else "float32"


def channel_axis(data_format: str, rank: int) -> int:
    """The index of the channel axis of a tensor."""
    return rank - 1 if data_format == "channels_last" else 1


def known_channels(layer: Any, shape: Shape) -> int:
    """The number of channels of an input of a layer with a `data_format`.

    Raises:
        ValueError: the number is unknown.
    """
    channels = shape[channel_axis(layer.data_format, len(shape))] if len(shape) > 1 else None
    if channels is None:
        raise ValueError(
            f"{layer.name}: the number of channels is unknown; expected {_CHANNELS[layer.data_format]} with "
            f"{layer.data_format}, got {tuple(shape)}"
        )
    return channels


def sample_axis(layer: Any, axis: int, rank: int) -> int:
    """The index of an axis of a tensor, which must not be that of the samples.

    Raises:
        ValueError: the tensor has no such axis, or it is that of the samples.
    """
    if not (-rank < axis < 0 or 0 < axis < rank):
        raise ValueError(f"{layer.name}: no such axis of a sample; expected 1 to {rank - 1} or negative, got {axis}")
    return axis % rank


def sized_axis(layer: Any, axis: int, size: int | None) -> int:
    """The size of an axis.

    Raises:
        ValueError: the size is unknown.
    """
    if size is None:
        raise ValueError(f"{layer.name}: the size of axis {axis} is unknown; expected a known size")
    return size
