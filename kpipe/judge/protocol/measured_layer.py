"""A layer with its measurement and its place in the spec."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.errors import Mark


@dataclass(frozen=True, kw_only=True)
class MeasuredLayer:
    """A layer with its measurement and its place in the spec.

    Args:
        name: the name of the layer as in the spec.
        path: the path of its item.
        mark: the place of its item; None if it has none.
        mean: the mean of its outputs.
        deviation: the standard deviation of its outputs over samples.
        channels: the number of its channels.
        dead: the share of its channels that are never active; None if its activation cannot be dead.
        saturated: the share of its outputs at a bound; None if its activation has none.
        gradient_norm: the norm of the gradient of its kernels; None without trainable weights.
        is_output: whether its output is one of the model.
        has_kernel: whether it has a trainable kernel.
        is_judged: whether its signal is judged; not if it only scales, or begins with weights of zero.
    """

    name: str
    path: str
    mark: Mark | None
    mean: float
    deviation: float
    channels: int
    dead: float | None
    saturated: float | None
    gradient_norm: float | None
    is_output: bool
    has_kernel: bool
    is_judged: bool
