"""Position embeddings of sequences."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import keras
import numpy as np
from annotated_types import Ge, Gt
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.layers._arguments import Shape


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class PositionEmbedding(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Add a vector for each position to the vectors of a sequence: y[p] = x[p] + e[p].

    With `learned`, the vectors e are weights (Gehring et al., "Convolutional sequence to sequence learning", ICML 2017,
    section 3.1; Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, section 3.1). With `sinusoidal`, they
    are fixed (Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.5):

        e[p, 2 i] = sin(p / wavelength^(2 i / features)),  e[p, 2 i + 1] = cos(p / wavelength^(2 i / features))

    Args:
        kind: `learned` (default) or `sinusoidal`.
        max_steps: number of positions with a learned vector, at least 1; default None: the steps of the input. With it,
            sequences can have any number of steps up to this one.
        wavelength: base of the wavelengths of `sinusoidal`, more than 1, default 10,000.
        embeddings_initializer: initializer of the learned vectors, default `uniform`.
        embeddings_regularizer: regularizer of the learned vectors, default None.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., steps, features); at least three axes. The steps of `learned` are known unless `max_steps` is given.

    Output shape:
        The input shape. A mask is kept.

    Raises:
        ArgumentError: an argument is out of range, or belongs to the other kind.
        ValueError: the input has too few axes, an unknown size, or more steps than `max_steps`.

    Example:
        >>> layer = PositionEmbedding("sinusoidal")
        >>> layer(keras.ops.zeros((1, 2, 2))).numpy().round(2).tolist()
        [[[0.0, 1.0], [0.8399999737739563, 0.5400000214576721]]]
    """

    @check_arguments
    def __init__(
        self,
        kind: Literal["learned", "sinusoidal"] = "learned",
        max_steps: Annotated[int, Ge(1)] | None = None,
        wavelength: Annotated[float, Gt(1)] = 10_000.0,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kind not in ("learned", "sinusoidal"):
            raise ArgumentError("kind", f"unknown kind; expected learned or sinusoidal, got {kind!r}")
        if kind == "sinusoidal" and max_steps is not None:
            raise ArgumentError("max_steps", "only used with kind: learned; remove it")
        if kind == "learned" and wavelength != 10_000.0:
            raise ArgumentError("wavelength", "only used with kind: sinusoidal; remove it")
        self.kind, self.max_steps, self.wavelength = kind, max_steps, float(wavelength)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Create the learned vectors."""
        steps = self._checked_steps(input_shape)
        if self.kind == "learned":
            self.embeddings = self.add_weight(
                name="embeddings",
                shape=(self.max_steps or steps, input_shape[-1]),
                initializer=self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Add the vector of each position."""
        inputs = ops.cast(inputs, self.compute_dtype)
        steps = inputs.shape[-2] if inputs.shape[-2] is not None else ops.shape(inputs)[-2]
        vectors = self.embeddings[:steps] if self.kind == "learned" else self._sinusoids(steps, inputs.shape[-1])
        return ops.add(inputs, ops.cast(vectors, self.compute_dtype))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input shape."""
        self._checked_steps(input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "kind": self.kind,
            "max_steps": self.max_steps,
            "wavelength": self.wavelength,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
        }

    def _sinusoids(self, steps: Any, features: int) -> Any:
        """The fixed vectors (steps, features), in the precision of float32, or of float64 if the layer has it."""
        dtype = "float64" if self.compute_dtype == "float64" else "float32"
        index = np.arange(features)
        rates = (self.wavelength ** -(index // 2 * 2 / features)).astype(dtype)
        angles = ops.expand_dims(ops.cast(ops.arange(steps), dtype), -1) * rates
        return ops.where(index % 2 == 0, ops.sin(angles), ops.cos(angles))

    def _checked_steps(self, shape: Shape) -> int | None:
        """The number of steps of an input; None if it is unknown and need not be known."""
        if len(shape) < 3 or shape[-1] is None:
            raise ValueError(
                f"{self.name}: expected (n, ..., steps, features) with known features, got {tuple(shape)}; use Reshape "
                "for the positions of images"
            )
        steps = shape[-2]
        if self.kind == "learned" and steps is None and self.max_steps is None:
            raise ValueError(f"{self.name}: the number of steps is unknown; write max_steps, or kind: sinusoidal")
        if steps is not None and self.max_steps is not None and steps > self.max_steps:
            raise ValueError(f"{self.name}: too many steps; expected at most max_steps = {self.max_steps}, got {steps}")
        return steps
