"""The share of time in which the steps of a small residual network wait for augmented images; prints it.

The network of `kpipe:cifar10-folder` on JPEG files of 32x32 with the transforms of `workers.py`, trained with as many
threads as given, by default one fewer than there are cores, so that one core is to spare for a data process. Run it by
hand: `python tests/benchmarks/waiting.py [THREADS]`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from image_folder import write_images

import kpipe
from kpipe.data.cores import cores

AUGMENT = [
    {"CifarCrops": {}},
    {"ColorJitter": {"p": 1}},
    {"Affine": {"translate_percent": 0.1, "rotate": [-15, 15], "p": 1}},
    {"Cutout": {"size": 8}},
]


def main(threads: int) -> None:
    """Train two epochs, and print what the run reports about waiting."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder / "train", 4000, 32)
        write_images(folder / "test", 100, 32)
        for cache in ("memory", "none"):
            overrides = {
                "vars.images": str(folder),
                "vars.epochs": 2,
                "data.augment": AUGMENT,
                "data.cache": cache,
                "data.workers": 1,
            }
            output = folder / "runs" / cache
            kpipe.load("kpipe:cifar10-folder", overrides).run(output)
            (line,) = [line for line in (output / "log.txt").read_text().splitlines() if "waited for data" in line]
            print(f"{threads} of {cores()} cores train, cache {cache}: {line}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else max(cores() - 1, 1))
