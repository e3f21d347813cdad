"""The values of one layer in a measurement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerValues:
    """Statistics of the output and the gradients of one layer on one batch.

    A channel is an entry of the last axis of an output, or of the second one of images with `channels_first`. A unit is
    an entry of all axes except the batch. Positions that a mask excludes do not count.

    Args:
        layer: the path of the layer, the names of the layers around it and its own, such as `block/conv`; unique.
        class_name: the name of its class.
        is_output: whether its output is an output of the model, directly or after an activation layer.
        mean: mean of all values of the output.
        deviation: root of the mean over units of their variance over samples; 0 for a layer that returns the same for
            all samples.
        channels: number of channels of the output.
        dead: share of channels that are not above 0 for any sample and position; None unless the activation is `relu`
            or `relu6`.
        saturated: share of values that differ by less than 0.01 from a bound of the activation; None unless it is
            `tanh`, `sigmoid`, `hard_tanh` or `hard_sigmoid`.
        gradient_norm: Euclidean norm of the gradient of the loss with respect to the kernels of the layer, its
            trainable weights with two or more axes that are not biases; of all its trainable weights if it has no
            kernel. None without trainable weights.
        weight_norm: Euclidean norm of the same weights.
        update_ratio: Euclidean norm of the last update of the same weights divided by `weight_norm` before it; default
            None: not measured.
        outputs: up to 1,024 values of the output, always from the same places, shape (values,).

    Example:
        >>> values = LayerValues(
        ...     layer="block/conv", class_name="Conv2D", is_output=False, channels=8, mean=0, deviation=1
        ... )
        >>> values.layer, values.dead
        ('block/conv', None)
    """

    layer: str
    class_name: str
    is_output: bool
    channels: int
    mean: float
    deviation: float
    dead: float | None = None
    saturated: float | None = None
    gradient_norm: float | None = None
    weight_norm: float | None = None
    update_ratio: float | None = None
    outputs: Any = field(default_factory=lambda: np.zeros(0, np.float32), repr=False)
