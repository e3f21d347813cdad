"""The shortcut of a residual connection where the branch changes the shape."""

from __future__ import annotations

from typing import Any

import keras


def same_shape(left: Any, right: Any) -> bool:
    """Whether two tensors can be added as they are; an unknown size equals any."""
    pairs = zip(left.shape, right.shape, strict=False)
    return len(left.shape) == len(right.shape) and all(a == b or a is None or b is None for a, b in pairs)


def default_projection(tensor: Any, branch: Any, name: str, dtype: Any = None) -> keras.layers.Layer:
    """A 1x1 convolution without bias from the shape of `tensor` to that of `branch` (He et al. 2015, section 3.3, B).

    For a tensor without positions it is a dense layer.

    Args:
        tensor: the input of the residual connection, of shape (batch, *positions, channels), channels last or first.
        branch: the output of its branch.
        name: the layer's name.
        dtype: the layer's data type or policy; default None: Keras' own.

    Raises:
        ValueError: no stride leads from one shape to the other.
    """
    ranks = len(tensor.shape) - 2
    if len(branch.shape) != len(tensor.shape) or ranks > 3:
        raise ValueError(f"the branch outputs the shape {_text(branch)} for {_text(tensor)}; add a projection")
    channels_first = keras.config.image_data_format() == "channels_first" and ranks > 0
    channels = branch.shape[1] if channels_first else branch.shape[-1]
    if ranks == 0:
        return keras.layers.Dense(channels, use_bias=False, name=name, dtype=dtype)
    positions = slice(2, None) if channels_first else slice(1, -1)
    strides = [_stride(a, b) for a, b in zip(tensor.shape[positions], branch.shape[positions], strict=True)]
    if None in strides:
        raise ValueError(
            f"the branch outputs the shape {_text(branch)} for {_text(tensor)}, and no stride leads from one to the "
            "other; add a projection, or `padding: same` in the branch"
        )
    convolution = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[ranks - 1]
    return convolution(channels, 1, strides=tuple(strides), padding="same", use_bias=False, name=name, dtype=dtype)


def _stride(size: int | None, target: int | None) -> int | None:
    """The stride that takes `size` positions to `target` with padding `same`, or None."""
    if size is None or target is None or size == target:
        return 1 if size == target else None
    stride = -(-size // target)
    return stride if stride >= 1 and -(-size // stride) == target else None


def _text(tensor: Any) -> str:
    return str(tuple(tensor.shape[1:]))
