"""Dividing the GPUs of a machine among trials."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.errors import ArgumentError
from kpipe.messages.counted import counted


def gpu_shares(names: Sequence[str], workers: int, gpus: int | None = None) -> list[tuple[str, ...]]:
    """Return the GPUs of each of several trials that run at the same time.

    Args:
        names: the names of the GPUs, as in `CUDA_VISIBLE_DEVICES`.
        workers: the number of trials, at least 1.
        gpus: the number of GPUs of each trial; None, the default, for an equal share. If there are fewer GPUs than
            trials, several trials then use the same GPU.

    Raises:
        ArgumentError: there are fewer GPUs.

    Example:
        >>> gpu_shares(["0", "1", "2"], 2), gpu_shares(["0"], 2), gpu_shares([], 2)
        ([('0',), ('1',)], [('0',), ('0',)], [(), ()])
    """
    if gpus is None:
        if 0 < len(names) < workers:
            return [(names[place % len(names)],) for place in range(workers)]
        gpus = len(names) // workers
    if gpus * workers > len(names):
        raise ArgumentError(
            "gpus",
            f"this machine has too few GPUs for {counted(workers, 'trial')} at the same time; expected at least "
            f"{gpus * workers}, got {len(names)}; run fewer trials at the same time, or use fewer GPUs for each",
        )
    return [tuple(names[place * gpus : (place + 1) * gpus]) for place in range(workers)]
