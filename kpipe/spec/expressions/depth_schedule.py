"""Survival probabilities of the blocks in a network with stochastic depth."""

from __future__ import annotations

from kpipe.spec.expressions.short_value import short_value


def depth_schedule(index: int, depth: int, last_survival: float = 0.5) -> float:
    """Return the survival probability of a block, which decreases linearly to `last_survival` at the last block.

    p_l = 1 - l / L · (1 - p_L), with l = index + 1 and L = depth.

    Huang, Sun, Liu, Sedra and Weinberger, "Deep networks with stochastic depth", ECCV 2016, equation 4.

    Args:
        index: index of the block, from 0 to depth - 1.
        depth: number of blocks, at least 1.
        last_survival: survival probability of the last block, above 0 and at most 1, default 0.5.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [depth_schedule(index, 4) for index in range(4)]
        [0.875, 0.75, 0.625, 0.5]
    """
    for name, value in (("index", index), ("depth", depth)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{name}: expected an integer, got {short_value(value)}")
    shown_index, shown_depth, shown_survival = (short_value(value) for value in (index, depth, last_survival))
    if depth < 1:
        raise ValueError(f"depth: expected at least 1, got {shown_depth}")
    if not 0 <= index < depth:
        most = short_value(depth - 1)
        raise ValueError(f"index: expected 0 to {most} with a depth of {shown_depth}, got {shown_index}")
    if isinstance(last_survival, bool) or not 0 < last_survival <= 1:
        raise ValueError(f"last_survival: expected above 0 and at most 1, got {shown_survival}")
    return 1 - (index + 1) / depth * (1 - last_survival)
