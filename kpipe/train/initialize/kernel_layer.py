"""A layer whose outputs are linear in a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kpipe.keras_internals import DENSE_KERNEL
from kpipe.train.initialize.kernel_form import KernelForm

_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)


@dataclass(frozen=True, kw_only=True)
class KernelLayer:
    """A layer whose outputs before the activation are linear in a kernel.

    Args:
        path: the path of the layer in the model.
        layer: the layer with the kernel.
        called: the layer whose calls are measured: the layer itself, or `TimeDistributed` around it.
        kernels: the kernels and their forms; the outputs are linear in the last one.
        reason: why the layer is skipped; None if it is not.
    """

    path: str
    layer: Any
    called: Any
    kernels: Sequence[tuple[Any, KernelForm]]
    reason: str | None = None

    @property
    def scaled(self) -> Any:
        """The variable that scales the outputs."""
        return self.kernels[-1][0]


def kernels_of(layer: Any) -> list[tuple[Any, KernelForm]]:
    """Return the kernels of a layer with their forms; empty for a layer of another kind.

    Known are Dense, EinsumDense, convolutions, and transposed, depthwise and separable convolutions.

    Args:
        layer: a built layer.

    Example:
        >>> layer = keras.layers.Dense(3)
        >>> layer.build((None, 2))
        >>> [form.sizes for _, form in kernels_of(layer)]
        [(1, 2, 3)]
    """
    if isinstance(layer, _SEPARABLE):
        depthwise, pointwise = layer.depthwise_kernel, layer.pointwise_kernel
        return [(depthwise, KernelForm.depthwise(depthwise.shape)), (pointwise, KernelForm.dense(pointwise.shape))]
    if isinstance(layer, _DEPTHWISE):
        return [(layer.kernel, KernelForm.depthwise(layer.kernel.shape))]
    if isinstance(layer, _TRANSPOSED):
        return [(layer.kernel, KernelForm.transposed(layer.kernel.shape))]
    if isinstance(layer, (keras.layers.Dense, keras.layers.EinsumDense, *_CONVOLUTIONS)):
        kernel = getattr(layer, DENSE_KERNEL)
        if isinstance(layer, keras.layers.EinsumDense):
            return [(kernel, KernelForm.einsum(kernel.shape, layer.equation))]
        groups = getattr(layer, "groups", 1)
        form = KernelForm.dense(kernel.shape) if groups == 1 else KernelForm.grouped(kernel.shape, groups)
        return [(kernel, form)]
    return []
