"""A .npy of several GB trains in little anonymous memory; run by hand, prints what was used.

python tests/benchmarks/memory.py [GB]
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import keras
import numpy as np

from kpipe.data.dataset import Target
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset

FEATURES = 1024


def anonymous() -> int:
    """Anonymous memory of this process, in bytes."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say")


def main(gigabytes: float) -> None:
    count = int(gigabytes * 1e9 / FEATURES / 4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        file = np.lib.format.open_memmap(path, "w+", np.float32, (count, FEATURES))
        for first in range(0, count, 8192):
            file[first : first + 8192] = np.random.default_rng(first).random(
                file[first : first + 8192].shape, "float32"
            )
        file.flush()
        del file
        peak, done = anonymous(), threading.Event()
        print(f"{path.stat().st_size / 1e9:.2f} GB written; anonymous before: {peak / 2**20:.0f} MiB")
        peaks = [peak]

        def watch() -> None:
            while not done.wait(0.1):
                peaks.append(anonymous())

        thread = threading.Thread(target=watch)
        thread.start()
        mapped = np.load(path, mmap_mode="r")
        labels = np.arange(count) % 2
        targets = {"y": Target("y", "classification", ("a", "b"), ())}
        dataset = ArrayDataset({"x": {"train": mapped}}, targets, {"y": labels})
        data = PreparedData(dataset, dataset.parts, {"x": [Standardize()]}, batch_size=256)
        start = time.perf_counter()
        data.fit(print)
        fitted = time.perf_counter()
        tensor = keras.Input((FEATURES,), name="x")
        model = keras.Model(tensor, keras.layers.Dense(2)(data.prepare({"x": tensor})["x"]))
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(data.batches("train", epoch=0), shuffle=False, verbose=2)
        ended = time.perf_counter()
        done.set()
        thread.join()
        print(f"fitted in {fitted - start:.1f} s, one epoch in {ended - fitted:.1f} s")
        print(f"anonymous at most: {max(peaks) / 2**20:.0f} MiB")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
