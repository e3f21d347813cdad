"""Checks of arguments and inputs that several layers share."""

from __future__ import annotations

from typing import Any

import keras

Shape = tuple[int | None, ...]

_CHANNELS = {"channels_last": "(n, ..., channels)", "channels_first": "(n, channels, ...)"}


def data_format_of(value: Any) -> str:
    """`channels_last` or `channels_first`; for None as Keras is configured.

    Raises:
        ValueError: it is something else.
    """
    if value not in (None, "channels_last", "channels_first"):
        raise ValueError(f"data_format: unknown value; expected channels_last, channels_first or None, got {value!r}")
    return str(value or keras.config.image_data_format())


def wide_dtype(layer: Any, inputs: Any) -> str:
    """The data type for sums and squares of these inputs: float64 where the inputs or the layer are, else float32.

    A layer that computes in it has `autocast = False`; Keras would round its inputs to half precision first, in which
    everything above 65,504 is infinite.
    """
    given = (keras.backend.standardize_dtype(inputs.dtype), layer.compute_dtype)
    return "float64" if "float64" in given else "float32"


def channel_axis(data_format: str, rank: int) -> int:
    """Where the channels of a tensor with so many axes are."""
    return rank - 1 if data_format == "channels_last" else 1


def known_channels(layer: Any, shape: Shape) -> int:
    """The channels of an input of a layer that has a `data_format`.

    Raises:
        ValueError: their number is not known.
    """
    channels = shape[channel_axis(layer.data_format, len(shape))] if len(shape) > 1 else None
    if channels is None:
        raise ValueError(
            f"{layer.name}: the number of channels is unknown; expected {_CHANNELS[layer.data_format]} with "
            f"{layer.data_format}, got {tuple(shape)}"
        )
    return channels
