"""The draw of one batch, a function of the seed, the epoch and the step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpipe.components.custom_code.raised_in import raised_in
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.errors import DataError, KpipeError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

#: Keeps these draws apart from others that have the same seed and epoch.
_STREAM = 0x6D6978


def draw_mix(
    mixes: Sequence[Mix],
    seed: int,
    epoch: int,
    step: int,
    count: int,
    height: int | None = None,
    width: int | None = None,
    nodes: Sequence[Node] = (),
) -> MixDraw:
    """Choose one of several mixes with equal probability, and return its draw.

    The generator is Philox4x64 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with the key
    (seed, epoch) and a counter that begins at (0, step, 0, stream), so that a draw needs no earlier one.

    Args:
        mixes: the mixes, at least one.
        seed: the seed of the run, in [0, 2^64).
        epoch: the epoch, from 0.
        step: the step in the epoch, from 0.
        count: number of samples in the batch.
        height: height of the images; None if the inputs are not images of one size.
        width: width of the images; None if the inputs are not images of one size.
        nodes: the mixes in the spec, for the places of errors; by default errors have no place.

    Raises:
        DataError: a mix failed or returned an invalid draw.

    Example:
        >>> from kpipe.data.mix import MixUp
        >>> first, second = (draw_mix([MixUp()], seed=1, epoch=0, step=7, count=3) for _ in range(2))
        >>> bool((first.weights == second.weights).all())
        True
    """
    counter, key = np.array([0, step, 0, _STREAM], np.uint64), np.array([seed, epoch], np.uint64)
    rng = np.random.Generator(np.random.Philox(counter=counter, key=key))
    chosen = int(rng.integers(len(mixes)))
    mix, node = mixes[chosen], nodes[chosen] if nodes else None
    try:
        drawn = mix.draw(rng, count, height, width)
        problem = _problem(mix, drawn, count, height, width)
    except KpipeError:
        raise
    except Exception as error:
        # Custom mixes can raise any exception, and return anything.
        line = raised_in(error, type(mix).__module__)
        reason = f"{type(error).__name__}{f' in {line}' if line else ''}: {' '.join(str(error).split())}"
        raise _error(f"{type(mix).__name__} failed for a batch of {count}: {reason}", node) from error
    if problem:
        raise _error(f"{type(mix).__name__} returned an invalid draw for a batch of {count}: {problem}", node)
    return drawn


def _error(message: str, node: Node | None) -> DataError:
    return DataError(message) if node is None else DataError(problem=problem_at(node, message))


def _problem(mix: Mix, drawn: MixDraw, count: int, height: int | None, width: int | None) -> str | None:
    weights, permutation = np.asarray(drawn.weights), np.asarray(drawn.permutation)
    if weights.shape != (count,) or not ((weights >= 0) & (weights <= 1)).all():
        return f"weights: expected ({count},) numbers in [0, 1], got {_text(weights)}"
    is_index = permutation.shape == (count,) and permutation.dtype.kind in "iu"
    if not is_index or not ((permutation >= 0) & (permutation < count)).all():
        return f"permutation: expected ({count},) integers in [0, {count}), got {_text(permutation)}"
    if (drawn.boxes is not None) != mix.cuts:
        return f"boxes: expected {'an array' if mix.cuts else 'None'}, because cuts is {mix.cuts}"
    if drawn.boxes is None:
        return None
    boxes = np.asarray(drawn.boxes)
    largest = [height or 0, width or 0] * 2
    is_box = boxes.shape == (count, 4) and boxes.dtype.kind in "iu"
    if not is_box or not ((boxes >= 0) & (boxes <= largest)).all():
        return f"boxes: expected ({count}, 4) integers inside {height} x {width} pixels, got {_text(boxes)}"
    return None


def _text(values: np.ndarray) -> str:
    if not values.size or values.dtype.kind not in "iuf":
        return f"{values.shape} of {values.dtype}"
    return f"{values.shape} of {values.dtype} from {values.min():g} to {values.max():g}"
