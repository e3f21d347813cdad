"""One call of a layer or an operation in a network."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.errors import Mark

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known about one call of a layer or an operation.

    Args:
        name: the name of the layer, which may be used by several calls.
        class_name: the name of its class, such as `Conv2D` or `Multiply`; `Input` for an input of the network.
        inputs: the positions of the calls whose outputs it reads.
        path: dotted path of its item in the spec.
        mark: place of its item in the spec; None if it has none, such as a layer of a preparation.
        shape: the shape of its output without the axis of samples; None for several outputs.
        activation: the name of its activation function; `linear` for none, None if it cannot have one.
        kernel: the shape of its largest trainable or fixed kernel; None for a layer without one.
        has_equal_columns: whether all output units of a trainable kernel have the same initial weights.
        is_trainable: whether at least one of its weights is trained.
        use_bias: whether it adds a bias.
        rate: the fraction of values that it drops in training; None for a layer that drops none.
        normalizes_channels: whether it normalizes each channel by itself over samples or positions.
        is_preparation: whether it belongs to a preparation of the data.
    """

    name: str
    class_name: str
    inputs: tuple[int, ...] = ()
    path: str = "model"
    mark: Mark | None = None
    shape: Shape | None = None
    activation: str | None = None
    kernel: tuple[int, ...] | None = None
    has_equal_columns: bool = False
    is_trainable: bool = False
    use_bias: bool = False
    rate: float | None = None
    normalizes_channels: bool = False
    is_preparation: bool = False

    @property
    def channels(self) -> int | None:
        """The size of the last axis of its output; None if it is unknown."""
        return self.shape[-1] if self.shape else None
