"""Maxout layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import Shape


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Maxout(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """A dense layer in which each unit is the maximum of several affine functions of the input.

    h_i(x) = max_j (x W_ij + b_ij), with j from 1 to `pieces`.

    Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout networks", ICML 2013, section 3. A unit is a convex
    piecewise linear function and does not need an activation; with two pieces it can represent the rectifier or the
    absolute value. The paper uses dropout on the inputs and `kernel_constraint="max_norm"` for each filter.

    The kernel has the shape (inputs, units * pieces); the pieces of unit i are the columns from i * pieces. Each piece
    is initialized like a separate dense layer: the variances of Glorot and He are computed from (inputs, units), and
    all pieces have different values even with an integer seed.

    A convolutional maxout is a convolution followed by the maximum over groups of `pieces` channels, for example by
    pooling along an additional axis. For an output of 8 x 8 x 16, channels last:

        keras.layers.Conv2D(16 * 2, 3, padding="same")
        keras.layers.Reshape((8 * 8, 16 * 2, 1))
        keras.layers.MaxPooling2D((1, 2))
        keras.layers.Reshape((8, 8, 16))

    Args:
        units: size of the output, at least 1.
        pieces: number of affine functions per unit, at least 1, default 2; 1 is a dense layer without activation.
        use_bias: whether each piece has a bias, default True.
        kernel_initializer: initializer of the kernel (inputs, units) of each piece, default `glorot_uniform`.
        bias_initializer: initializer of the bias (units,) of each piece, default `zeros`.
        kernel_regularizer: regularizer of the kernel, default None.
        bias_regularizer: regularizer of the bias, default None.
        kernel_constraint: constraint of the kernel, default None.
        bias_constraint: constraint of the bias, default None.
        **kwargs: `name`, `dtype`, `trainable` and `activity_regularizer`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., inputs); at least two axes.

    Output shape:
        (n, ..., units).

    Raises:
        ValueError: an argument is out of range, or the size of the last axis is unknown.

    Example:
        >>> layer = Maxout(1, pieces=2)
        >>> layer.build((None, 1))
        >>> _ = layer.kernel.assign([[1.0, -1.0]])
        >>> [float(h) for h in layer(keras.ops.array([[-3.0], [2.0]]))[:, 0]]
        [3.0, 2.0]
    """

    @check_arguments
    def __init__(
        self,
        units: Annotated[int, Ge(1)],
        pieces: Annotated[int, Ge(1)] = 2,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = int(units)
        self.pieces = int(pieces)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the kernel and the bias."""
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: the size of the last axis of the input is unknown; expected (n, ..., inputs), got "
                f"{tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.units * self.pieces),
            initializer=self._by_piece(self.kernel_initializer),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units * self.pieces,),
                initializer=self._by_piece(self.bias_initializer),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: input_shape[-1]})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the maximum of the pieces."""
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        shape = [size if size is not None else ops.shape(inputs)[axis] for axis, size in enumerate(inputs.shape[:-1])]
        return ops.max(ops.reshape(outputs, (*shape, self.units, self.pieces)), axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape with the last size replaced by the units."""
        return (*input_shape[:-1], self.units)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of one sample: 2 · outputs · pieces · inputs."""
        return 2 * math.prod(size or 1 for size in output_shape[1:]) * self.pieces * (input_shape[-1] or 1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "units": self.units,
            "pieces": self.pieces,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }

    def _by_piece(self, initializer: Any) -> Callable[..., Any]:
        """Return an initializer that initializes each piece as a separate layer, with its own fans."""

        def initialize(shape: Sequence[int], dtype: Any = None) -> Any:
            parts = [draw((*shape[:-1], self.units), dtype=dtype) for draw in _distinct(initializer, self.pieces)]
            return ops.reshape(ops.stack(parts, axis=-1), shape)

        return initialize


def _distinct(initializer: Any, count: int) -> list[Any]:
    """Return copies of an initializer that draw different values."""
    seed = getattr(initializer, "seed", None)
    # A seed generator advances with each draw; an integer seed, which Keras also sets for None, repeats its values.
    if not isinstance(seed, int):
        return [initializer] * count
    config = initializer.get_config()
    return [type(initializer).from_config({**config, "seed": seed + piece}) for piece in range(count)]
