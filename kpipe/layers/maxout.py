"""A dense layer that learns its activation function."""

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
    """A dense layer of which each unit is the largest of several affine functions of the input.

    h_i(x) = max_j (x W_ij + b_ij), j from 1 to `pieces`.

    Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout networks", ICML 2013, section 3. A unit is a convex
    piecewise linear function and needs no activation after it; with two pieces it can be the rectifier or the absolute
    value. The paper trains it with dropout on its inputs and bounds each filter by `kernel_constraint="max_norm"`.

    The kernel has the shape (inputs, units * pieces); the pieces of unit i are the columns from i * pieces. Each piece
    is initialized as a dense layer of its own, so that Glorot's and He's variances come from (inputs, units), and no
    two pieces start alike under an integer seed.

    A convolutional maxout is a convolution followed by the maximum over groups of `pieces` channels, which pooling does
    on an axis made for it, here for an output of 8 x 8 x 16 channels, channels last:

        keras.layers.Conv2D(16 * 2, 3, padding="same")
        keras.layers.Reshape((8 * 8, 16 * 2, 1))
        keras.layers.MaxPooling2D((1, 2))
        keras.layers.Reshape((8, 8, 16))

    Args:
        units: size of the output, at least 1.
        pieces: affine functions of each unit, at least 1, default 2; 1 is a dense layer without activation.
        use_bias: whether each piece has a bias, default True.
        kernel_initializer: of each piece's (inputs, units), default `glorot_uniform`.
        bias_initializer: of each piece's (units,), default `zeros`.
        kernel_regularizer: of the kernel, default None.
        bias_regularizer: of the biases, default None.
        kernel_constraint: of the kernel, default None.
        bias_constraint: of the biases, default None.
        **kwargs: `name`, `dtype`, `trainable` and `activity_regularizer`, as of every Keras layer.

    Input shape:
        (n, ..., inputs); at least two axes.

    Output shape:
        (n, ..., units).

    Raises:
        ValueError: an argument out of its range, or an input without a known last axis.

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
        """Makes the kernel and the biases."""
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: the last axis of the input has no known size; expected (n, ..., inputs), got "
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
        """The largest of the pieces."""
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        shape = [size if size is not None else ops.shape(inputs)[axis] for axis, size in enumerate(inputs.shape[:-1])]
        return ops.max(ops.reshape(outputs, (*shape, self.units, self.pieces)), axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The units in place of the inputs."""
        return (*input_shape[:-1], self.units)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of one sample: 2 · outputs · pieces · inputs."""
        return 2 * math.prod(size or 1 for size in output_shape[1:]) * self.pieces * (input_shape[-1] or 1)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
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
        """Initialize each piece as a layer of its own, with its own fans."""

        def initialize(shape: Sequence[int], dtype: Any = None) -> Any:
            parts = [draw((*shape[:-1], self.units), dtype=dtype) for draw in _distinct(initializer, self.pieces)]
            return ops.reshape(ops.stack(parts, axis=-1), shape)

        return initialize


def _distinct(initializer: Any, count: int) -> list[Any]:
    """As many initializers of one kind that draw different values."""
    seed = getattr(initializer, "seed", None)
    # A seed generator advances at each draw; an integer, which Keras also uses for None, repeats the same values.
    if not isinstance(seed, int):
        return [initializer] * count
    config = initializer.get_config()
    return [type(initializer).from_config({**config, "seed": seed + piece}) for piece in range(count)]
