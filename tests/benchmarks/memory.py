"""A file of several GB trains in little anonymous memory, as `.npy` and as uncompressed `.npz`; run manually.

    python tests/benchmarks/memory.py [GB]

Writes the files into a temporary folder, trains a small model on each for one epoch as `kpipe run` does, and prints the
largest anonymous memory of the process and its ratio to the file's size.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np

import kpipe

FEATURES = 1024
SPEC = """
name: memory
data: {{source: {{Arrays: {{{arrays}}}}}, batch_size: 256, prepare: [{{Standardize: {{per: feature}}}}]}}
model: [{{Dense: {{units: 64, activation: relu}}}}, {{Dense: {{units: =classes}}}}]
train: {{epochs: 1}}
"""


def anonymous() -> int:
    """Anonymous memory of this process, in bytes."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say")


def write_arrays(folder: Path, count: int) -> None:
    """`x.npy`, `y.npy`, and both in `data.npz`."""
    file = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (count, FEATURES))
    for first in range(0, count, 8192):
        part = file[first : first + 8192]
        part[:] = np.random.default_rng(first).random(part.shape, "float32")
    file.flush()
    np.save(folder / "y.npy", np.arange(count) % 10)
    with zipfile.ZipFile(folder / "data.npz", "w", zipfile.ZIP_STORED) as archive:
        for name in ("x.npy", "y.npy"):
            archive.write(folder / name, name)


def measure(name: str, arrays: str, folder: Path, size: float) -> None:
    """Trains on one form of the data and prints a line."""
    (folder / f"{name}.yaml").write_text(SPEC.format(arrays=arrays))
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    kpipe.load(folder / f"{name}.yaml").run(folder / name)
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    print(
        f"{name}: {size:.2f} GB, at most {peak[0] / 1e9:.2f} GB anonymous ({peak[0] / 1e9 / size:.2f}), {seconds:.0f} s"
    )


def main(gigabytes: float) -> None:
    """Measures both forms, the second in the same process."""
    count = int(gigabytes * 1e9 / FEATURES / 4)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_arrays(folder, count)
        size = (folder / "x.npy").stat().st_size / 1e9
        measure("npy", "x: x.npy, y: y.npy", folder, size)
        measure("npz", "path: data.npz", folder, size)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
