"""The base class of normalizations over groups of channels."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.layers._arguments import Shape, channel_axis, data_format_of, known_channels

#: The modules of the objects that beta and gamma accept, by the end of the argument name.
_OBJECTS = {"initializer": keras.initializers, "regularizer": keras.regularizers, "constraint": keras.constraints}


class GroupedNormalization(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Base of GroupNorm and DecorrelatedBatchNorm.

    Args:
        epsilon: constant added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        affine: initializer, regularizer and constraint of beta and gamma, by argument name such as `beta_initializer`.
        data_format: `channels_last`, `channels_first`, or None for the Keras configuration.
        **kwargs: arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        *,
        epsilon: float,
        center: bool,
        scale: bool,
        affine: dict[str, Any],
        data_format: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # Statistics must not be computed from inputs rounded to half precision.
        self.autocast = False
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        for name, value in affine.items():
            setattr(self, name, _OBJECTS[name.partition("_")[2]].get(value))
        self.data_format = data_format_of(data_format)
        self.supports_masking = True
        self.gamma: Any = None
        self.beta: Any = None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {name: getattr(self, name) for name in ("epsilon", "center", "scale", "data_format")}
        names = [f"{variable}_{kind}" for variable in ("beta", "gamma") for kind in _OBJECTS]
        affine = {name: _OBJECTS[name.partition("_")[2]].serialize(getattr(self, name)) for name in names}
        return {**super().get_config(), **own, **affine}

    def _build_affine(self, input_shape: Shape) -> int:
        """Create gamma and beta, and return the number of channels."""
        channels, rank = known_channels(self, input_shape), len(input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes={channel_axis(self.data_format, rank): channels})
        for name, is_used in (("gamma", self.scale), ("beta", self.center)):
            if is_used:
                objects = {kind: getattr(self, f"{name}_{kind}") for kind in _OBJECTS}
                setattr(self, name, self.add_weight(shape=(channels,), name=name, autocast=False, **objects))
        return channels

    def _divisor(self, argument: str, channels: int, maximum: int) -> int:
        """The value of an argument that divides the channels; for `auto` their largest divisor up to `maximum`."""
        divisors = [count for count in range(1, channels + 1) if channels % count == 0]
        value = getattr(self, argument)
        divisor = max(count for count in divisors if count <= maximum) if value == "auto" else int(value)
        if divisor not in divisors:
            raise ValueError(
                f"{self.name}: {argument} does not divide the {channels} channels; expected one of "
                f"{', '.join(map(str, divisors))}, or auto, got {value}"
            )
        return divisor
