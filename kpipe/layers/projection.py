"""The default shortcut of a residual connection whose branch changes the shape."""

from __future__ import annotations

from typing import Any

import keras


def same_shape(left: Any, right: Any) -> bool:
    """Whether two tensors have the same shape; an unknown size matches any size."""
    pairs = zip(left.shape, right.shape, strict=False)
    return len(left.shape) == len(right.shape) and all(a == b or a is None or b is None for a, b in pairs)


def default_projection(tensor: Any, branch: Any, name: str, dtype: Any = None) -> keras.layers.Layer:
    """Return a projection shortcut (He et al. 2015, section 3.3, option B).

    It is a 1x1 convolution without bias from the shape of `tensor` to that of `branch`, or a dense layer without bias
    for a tensor without spatial axes.

    Args:
        tensor: the input of the residual connection, of shape (batch, *positions, channels), channels last or first.
        branch: the output of its branch.
        name: name of the layer.
        dtype: data type or policy of the layer; default None: the global policy.

    Raises:
        ValueError: the shapes cannot be matched by a stride.
    """
    ranks = len(tensor.shape) - 2
    if len(branch.shape) != len(tensor.shape) or ranks > 3:
        raise ValueError(
            f"no default projection from the input shape {_text(tensor)} to the branch output shape {_text(branch)}; "
            "add a projection"
        )
    channels_first = keras.config.image_data_format() == "channels_first" and ranks > 0
    channels = branch.shape[1] if channels_first else branch.shape[-1]
    if ranks == 0:
        return keras.layers.Dense(channels, use_bias=False, name=name, dtype=dtype)
    positions = slice(2, None) if channels_first else slice(1, -1)
    strides = [_stride(a, b) for a, b in zip(tensor.shape[positions], branch.shape[positions], strict=True)]
    if None in strides:
        raise ValueError(
            f"no default projection from the input shape {_text(tensor)} to the branch output shape {_text(branch)}, "
            "because no stride matches them; add a projection, or use `padding: same` in the branch"
        )
    convolution = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[ranks - 1]
    return convolution(channels, 1, strides=tuple(strides), padding="same", use_bias=False, name=name, dtype=dtype)


def _stride(size: int | None, target: int | None) -> int | None:
    """The stride that reduces `size` positions to `target` with padding `same`, or None."""
    if size is None or target is None or size == target:
        return 1 if size == target else None
    stride = -(-size // target)
    return stride if stride >= 1 and -(-size // stride) == target else None


def _text(tensor: Any) -> str:
    return str(tuple(tensor.shape[1:]))
