"""How likely each block of a network with stochastic depth survives."""

from __future__ import annotations

from kpipe.spec.short_value import short_value


def depth_schedule(index: int, depth: int, last_survival: float = 0.5) -> float:
    """The survival of a block, which falls linearly from nearly 1 at the input to `last_survival` at the output.

    p_l = 1 - l / L · (1 - p_L), with l = index + 1 and L = depth.

    Huang, Sun, Liu, Sedra and Weinberger, "Deep networks with stochastic depth", ECCV 2016, equation 4.

    Args:
        index: of the block, 0 for the first one to depth - 1.
        depth: how many blocks there are, at least 1.
        last_survival: of the last block, above 0 and at most 1, default 0.5.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> [depth_schedule(index, 4) for index in range(4)]
        [0.875, 0.75, 0.625, 0.5]
    """
    for name, value in (("index", index), ("depth", depth)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{name}: {short_value(value)} is not a whole number")
    of_index, of_depth, survival = (short_value(value) for value in (index, depth, last_survival))
    if depth < 1:
        raise ValueError(f"depth: {of_depth} is out of range; it is at least 1")
    if not 0 <= index < depth:
        most = short_value(depth - 1)
        raise ValueError(f"index: {of_index} is out of range; it is 0 to {most} with a depth of {of_depth}")
    if isinstance(last_survival, bool) or not 0 < last_survival <= 1:
        raise ValueError(f"last_survival: {survival} is out of range; it is above 0 and at most 1")
    return 1 - (index + 1) / depth * (1 - last_survival)
