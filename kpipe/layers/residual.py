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
    """Add the output of a branch to its input; the layer of the keyword `Residual` for use in Python.

    y = h(x) + b f(x), where f is the branch, h is the identity, or a projection if the shapes differ, and b is 1, or
    drawn as by `StochasticDepth` if `survival` is below 1.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, equations 1 and 2 (shortcuts of
    section 3.3, option B); Huang et al. 2016 for b. The default projection is a 1x1 convolution without bias, with the
    strides that match the shape of the branch, or a dense layer without bias for inputs without spatial axes.

    Args:
        branch: a layer or a model with one input and one output.
        projection: a layer on the shortcut, used only if the shapes differ; default None: the default projection.
        shortcut: a layer on the shortcut, always used; default None. It excludes `projection`.
        survival: probability that the branch is used in a step, above 0 and at most 1, default 1.
        mode: `batch` (default) or `sample`, for a survival below 1; see `StochasticDepth`.
        seed: integer seed of the draws; default None: derived from Keras' global seed.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        The input shape of the branch, with the batch as the first axis.

    Output shape:
        The output shape of the branch.

    Raises:
        ValueError: an argument is out of range, or no default projection matches the shapes.

    Example:
        >>> layer = Residual(keras.layers.Rescaling(10.0))
        >>> float(layer(keras.ops.array([[1.0]]))[0, 0])
        11.0
    """

    #: In a spec, `Residual` is a keyword.
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
        # The layers inside cast their inputs by their own policies.
        super().__init__(**{"autocast": False, **kwargs})
        for name, layer in (("projection", projection), ("shortcut", shortcut)):
            if layer is not None and not isinstance(layer, keras.layers.Layer):
                raise ValueError(f"{name}: not a layer; expected a layer, a model, or None, got {layer!r}")
        if projection is not None and shortcut is not None:
            raise ValueError("projection: unused with shortcut, which is always used; remove one of them")
        self.depth = StochasticDepth(branch, survival, mode, seed, dtype=self.dtype_policy)
        self.projection = projection
        self.shortcut = shortcut
        self._other = shortcut
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the branch and the layer on the shortcut."""
        if not self.depth.built:
            self.depth.build(input_shape)
            self.depth.built = True
        input_spec = SimpleNamespace(shape=tuple(input_shape))
        branch_spec = SimpleNamespace(shape=tuple(self.depth.compute_output_shape(input_shape)))
        if self.shortcut is None and not same_shape(input_spec, branch_spec):
            self._other = self.projection or default_projection(
                input_spec, branch_spec, "projection", self.dtype_policy
            )
        if self._other is not None:
            if not self._other.built:
                self._other.build(input_shape)
                self._other.built = True
            input_spec = SimpleNamespace(shape=tuple(self._other.compute_output_shape(input_shape)))
        if not same_shape(input_spec, branch_spec):
            raise ValueError(
                f"{self.name}: the shapes of the branch and the shortcut differ; expected {branch_spec.shape[1:]} from "
                f"the branch, got {input_spec.shape[1:]}; add a projection or a shortcut with this output shape"
            )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the sum of the shortcut and the branch."""
        branch = self.depth(inputs, training=training)
        outputs = keras.ops.add(inputs if self._other is None else self._other(inputs), branch)
        return keras.ops.cast(outputs, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the union of the masks of both paths, as in `keras.layers.Add`."""
        masks = [self.depth.compute_mask(inputs, previous_mask)]
        if self._other is None:
            masks.append(previous_mask)
        elif self._other.supports_masking:
            masks.append(self._other.compute_mask(inputs, previous_mask))
        known = [mask for mask in masks if mask is not None]
        return keras.ops.logical_or(known[0], known[-1]) if known else None

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        """Return the output shape of the branch."""
        return self.depth.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        layers = {"branch": self.depth.branch, "projection": self.projection, "shortcut": self.shortcut}
        own = {name: getattr(self.depth, name) for name in ("survival", "mode", "seed")}
        written = {name: keras.saving.serialize_keras_object(layer) for name, layer in layers.items()}
        return {**super().get_config(), **written, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Residual:
        """Create the layer from a configuration."""
        read = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("branch", "projection", "shortcut")
        }
        return cls(**{**config, **read})
