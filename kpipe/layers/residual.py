"""A residual connection as one layer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Literal

import keras
from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.layers.projection import default_projection, same_shape
from kpipe.layers.stochastic_depth import StochasticDepth


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Residual(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Adds the output of a branch to its input; the keyword `Residual` of specs as a layer for Python.

    y = h(x) + b f(x): f is the branch; h is the identity, or where the shapes differ a projection; b is 1, or with a
    survival below 1 what `StochasticDepth` draws.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, equations 1 and 2 (the shortcuts of
    section 3.3, B); Huang et al. 2016 for b. Without a projection a 1x1 convolution without bias is taken, with the
    strides that lead to the shape of the branch, or for inputs without positions a dense layer.

    Args:
        branch: a layer or a model with one input and one output.
        projection: a layer on the other path, used only where the shapes differ; default None: as described.
        shortcut: a layer on the other path, used always; default None. It excludes `projection`.
        survival: the probability that the branch is there in a step, above 0 and at most 1, default 1.
        mode: with a survival below 1, `batch` or `sample`: see `StochasticDepth`. Default `batch`.
        seed: of the draws, an integer; default None: from Keras' global seed.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        That of the branch, the samples first.

    Output shape:
        That of the branch.

    Raises:
        ValueError: an argument out of its range; shapes that no projection brings together.

    Example:
        >>> layer = Residual(keras.layers.Rescaling(10.0))
        >>> float(layer(keras.ops.array([[1.0]]))[0, 0])
        11.0
    """

    #: `Residual` is a keyword of specs.
    in_specs: ClassVar[bool] = False

    @check_arguments
    def __init__(
        self,
        branch: keras.layers.Layer,
        projection: keras.layers.Layer | None = None,
        shortcut: keras.layers.Layer | None = None,
        survival: Annotated[float, Interval(gt=0, le=1)] = 1.0,
        mode: Literal["batch", "sample"] = "batch",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        # Its layers cast their inputs by their own policies.
        super().__init__(**{"autocast": False, **kwargs})
        for name, layer in (("projection", projection), ("shortcut", shortcut)):
            if layer is not None and not isinstance(layer, keras.layers.Layer):
                raise ValueError(f"{name}: not a layer; expected a layer, a model, or None, got {layer!r}")
        if projection is not None and shortcut is not None:
            raise ValueError("shortcut is always used and projection never; remove one of them")
        self.depth = StochasticDepth(branch, survival, mode, seed, dtype=self.dtype_policy)
        self.projection = projection
        self.shortcut = shortcut
        self._other = shortcut
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the branch and the layer on the other path."""
        if not self.depth.built:
            self.depth.build(input_shape)
            self.depth.built = True
        entering = SimpleNamespace(shape=tuple(input_shape))
        leaving = SimpleNamespace(shape=tuple(self.depth.compute_output_shape(input_shape)))
        if self.shortcut is None and not same_shape(entering, leaving):
            self._other = self.projection or default_projection(entering, leaving, "projection", self.dtype_policy)
        if self._other is not None:
            if not self._other.built:
                self._other.build(input_shape)
                self._other.built = True
            entering = SimpleNamespace(shape=tuple(self._other.compute_output_shape(input_shape)))
        if not same_shape(entering, leaving):
            raise ValueError(
                f"{self.name}: the branch outputs the shape {leaving.shape[1:]} and the other path "
                f"{entering.shape[1:]}; add a projection or a shortcut that outputs the shape of the branch"
            )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The sum of both paths."""
        branch = self.depth(inputs, training=training)
        outputs = keras.ops.add(inputs if self._other is None else self._other(inputs), branch)
        return keras.ops.cast(outputs, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The steps that either path has, as of `keras.layers.Add`."""
        masks = [self.depth.compute_mask(inputs, previous_mask)]
        if self._other is None:
            masks.append(previous_mask)
        elif self._other.supports_masking:
            masks.append(self._other.compute_mask(inputs, previous_mask))
        known = [mask for mask in masks if mask is not None]
        return keras.ops.logical_or(known[0], known[-1]) if known else None

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        """That of the branch."""
        return self.depth.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        layers = {"branch": self.depth.branch, "projection": self.projection, "shortcut": self.shortcut}
        own = {name: getattr(self.depth, name) for name in ("survival", "mode", "seed")}
        written = {name: keras.saving.serialize_keras_object(layer) for name, layer in layers.items()}
        return {**super().get_config(), **written, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Residual:
        """The layer of a configuration."""
        read = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("branch", "projection", "shortcut")
        }
        return cls(**{**config, **read})
