"""What normalizations of groups of channels have in common: their arguments, gamma and beta."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.layers._arguments import Shape, channel_axis, data_format_of, known_channels

#: Of beta and gamma alike.
_OBJECTS = {"initializer": keras.initializers, "regularizer": keras.regularizers, "constraint": keras.constraints}


class GroupedNormalization(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Base of GroupNorm and DecorrelatedBatchNorm.

    Args:
        epsilon: added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        affine: `beta_initializer` and its like: of each the initializer, the regularizer and the constraint.
        data_format: `channels_last`, `channels_first` or None.
        **kwargs: of every Keras layer.
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
        # Statistics are those of the inputs as they come, not of inputs rounded to half precision.
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
        """As the input."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = {name: getattr(self, name) for name in ("epsilon", "center", "scale", "data_format")}
        names = [f"{variable}_{kind}" for variable in ("beta", "gamma") for kind in _OBJECTS]
        affine = {name: _OBJECTS[name.partition("_")[2]].serialize(getattr(self, name)) for name in names}
        return {**super().get_config(), **own, **affine}

    def _build_affine(self, input_shape: Shape) -> int:
        """Creates gamma and beta, and returns the number of channels."""
        channels, rank = known_channels(self, input_shape), len(input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes={channel_axis(self.data_format, rank): channels})
        for name, is_there in (("gamma", self.scale), ("beta", self.center)):
            if is_there:
                objects = {kind: getattr(self, f"{name}_{kind}") for kind in _OBJECTS}
                setattr(self, name, self.add_weight(shape=(channels,), name=name, autocast=False, **objects))
        return channels

    def _divisor(self, argument: str, channels: int, most: int, what: str) -> int:
        """The argument where it divides the channels; for `auto` their largest divisor up to `most`."""
        divisors = [count for count in range(1, channels + 1) if channels % count == 0]
        given = getattr(self, argument)
        found = max(count for count in divisors if count <= most) if given == "auto" else int(given)
        if found not in divisors:
            raise ValueError(
                f"{self.name}: {what.format(given)} do not divide {channels} channels; "
                f"{argument} is one of {', '.join(map(str, divisors))}, or auto"
            )
        return found
