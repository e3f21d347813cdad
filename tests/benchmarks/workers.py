"""Worker processes against two bare processes that make the same batches and hand nothing over; prints ratios.

Crop, flip, jitter, affine and dropout by Albumentations; all in turn in one process, medians of five rounds. PyTorch's
DataLoader with the same transforms and workers is measured beside them where torch is installed. Run it by hand on
a quiet machine.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from augmented_batches import Augmented, jpegs, small_images

from kpipe.child_processes.child_process import ChildProcess
from kpipe.data.workers.worker import ENVIRONMENT
from kpipe.data.workers.worker_pool import WorkerPool

WORKERS = 2
ROUNDS = 5
Batches = list[np.ndarray]
Run = Callable[[Batches], None]


@contextlib.contextmanager
def bare(augmented: Augmented, _: int) -> Iterator[Run]:
    """Each process makes every second batch."""
    work = "augmented_batches:work"
    children = [ChildProcess(work, augmented, environment=ENVIRONMENT) for _ in range(WORKERS)]

    def run(batches: Batches) -> None:
        for number, child in enumerate(children):
            child.send(batches[number::WORKERS])
        for child in children:
            child.receive()

    yield run
    for child in children:
        child.end()


@contextlib.contextmanager
def pool(augmented: Augmented, batch_size: int) -> Iterator[Run]:
    """Batches in their order from the pool, dropped by the main thread."""
    specs = {"x": ((augmented.size, augmented.size, 3), "uint8")}
    with WorkerPool(augmented, specs, batch_size, WORKERS) as workers, ThreadPoolExecutor(2 * WORKERS) as callers:

        def run(batches: Batches) -> None:
            for indices, batch in zip(batches, callers.map(workers.call, batches), strict=True):
                assert len(batch["x"]) == len(indices)

        yield run


@contextlib.contextmanager
def tensorflow(augmented: Augmented, batch_size: int) -> Iterator[Run]:
    """The same, as a `tf.data` pipeline that is iterated eagerly."""
    import tensorflow as tf

    shape = (augmented.size, augmented.size, 3)
    with WorkerPool(augmented, {"x": (shape, "uint8")}, batch_size, WORKERS) as workers:

        def batch(indices: Any) -> Any:
            return tf.numpy_function(lambda some: workers.call(some)["x"], [indices], tf.uint8)

        def made(batches: Batches) -> Any:
            dataset = tf.data.Dataset.from_tensor_slices(np.array(batches))
            dataset = dataset.map(batch, num_parallel_calls=2 * WORKERS, deterministic=True)
            options = tf.data.Options()
            options.threading.private_threadpool_size = 2 * WORKERS
            return dataset.with_options(options).prefetch(4)

        # Tracing belongs to the start of a run.
        datasets: dict[int, Any] = {}

        def run(batches: Batches) -> None:
            if len(batches) not in datasets:
                datasets[len(batches)] = made(batches)
            assert sum(1 for _ in datasets[len(batches)]) == len(batches)

        yield run


@contextlib.contextmanager
def data_loader(augmented: Augmented, batch_size: int) -> Iterator[Run]:
    """PyTorch's DataLoader, whose workers are kept from round to round."""
    import torch

    torch.set_num_threads(1)
    order: list[int] = []
    loader = torch.utils.data.DataLoader(
        augmented, batch_size, sampler=order, num_workers=WORKERS, persistent_workers=True
    )

    def run(batches: Batches) -> None:
        order[:] = np.concatenate(batches).tolist()
        assert sum(1 for _ in loader) == len(batches)

    yield run


def compare(title: str, augmented: Augmented, batch_size: int, count: int, goal: float) -> None:
    rng = np.random.default_rng(1)
    batches = [rng.integers(0, len(augmented), batch_size) for _ in range(count)]
    ways = [bare, pool, tensorflow]
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401

        ways.append(data_loader)
    with contextlib.ExitStack() as stack:
        runs = {way.__name__: stack.enter_context(way(augmented, batch_size)) for way in ways}
        for run in runs.values():
            run(batches)
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = time.perf_counter()
                run(batches)
                seconds[name].append(time.perf_counter() - start)
    medians = {name: float(np.median(found)) for name, found in seconds.items()}
    for name, median in medians.items():
        ratio = float(np.median(np.divide(seconds["bare"], seconds[name])))
        least = f" (goal {goal})" if name == "pool" else ""
        print(f"{title}, batch {batch_size}, {name}: {batch_size * count / median:,.0f} images a second, "
              f"{ratio:.2f} of bare{least}", flush=True)  # fmt: skip


if __name__ == "__main__":
    compare("32x32", Augmented(small_images(5_000), 32), batch_size=128, count=80, goal=0.8)
    compare("224x224 from JPEG", Augmented(jpegs(64), 224), batch_size=32, count=32, goal=0.9)
    compare("224x224 from JPEG", Augmented(jpegs(64), 224), batch_size=128, count=8, goal=0.9)
