"""The number of data processes."""

from __future__ import annotations

from typing import Literal

from kpipe.data.cores import cores
from kpipe.messages.counted import counted

#: Most processes that `auto` starts.
MAX_WORKERS = 8


def worker_count(workers: int | Literal["auto"], augments: bool, has_gpu: bool) -> tuple[int, str]:
    """Return the number of data processes, and a line about the choice of `auto` or a useless number; often empty.

    Processes are used where images are augmented: threads would wait for each other, since augmentation is Python code.
    Decoding without augmentation is not, so threads of this process do it. Training on a GPU leaves all cores but one
    to the processes; training on the CPU uses all cores itself, so that processes on half of them only share these.

    Args:
        workers: the value of `data.workers`.
        augments: whether training images are augmented.
        has_gpu: whether the training uses a GPU.

    Example:
        >>> worker_count("auto", augments=False, has_gpu=True)
        (0, '')
        >>> worker_count(1, augments=False, has_gpu=True)
        (1, '')
    """
    available = cores()
    if workers != "auto":
        if workers <= available:
            return workers, ""
        shared = f"{workers} processes share {counted(available, 'core')} with the training"
        return workers, f"data.workers: {shared}; more processes than cores need memory and make no batch earlier"
    if not augments:
        return 0, ""
    spare = max(available - 1, 1) if has_gpu else max(available // 2, 1)
    count = min(spare, MAX_WORKERS)
    started = f"data.workers: auto augments images in {counted(count, 'process', 'processes')}"
    if has_gpu:
        return count, f"{started}, with {counted(spare, 'core')} to spare"
    return count, f"{started}, without a core to spare: the training uses all {counted(available, 'core')}"
