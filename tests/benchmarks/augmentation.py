"""CPU time of an augmented image with and without setting the generators for each sample.

Run: `python tests/benchmarks/augmentation.py`. Prints medians of five rounds in turn, in one process.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose

TRANSFORMS = [
    {"HorizontalFlip": {"p": 1}},
    {"ColorJitter": {"p": 1}},
    {"Affine": {"rotate": [-15, 15], "p": 1}},
    {"CoarseDropout": {"p": 1}},
]


def main() -> None:
    for size, count in ((32, 1000), (224, 100)):
        transforms = [{"RandomCrop": {"height": size, "width": size}}, *TRANSFORMS]
        image = np.random.default_rng(0).integers(0, 256, (size + 8, size + 8, 3), np.uint8)
        augmentation, plain = Augmentation(transforms), compose(transforms)
        seconds: dict[str, list[float]] = {"plain": [], "repeatable": []}
        for _ in range(5):
            start = time.process_time()
            for _ in range(count):
                plain(image=image)
            middle = time.process_time()
            for place in range(count):
                augmentation(image, 0, 0, place)
            seconds["plain"].append((middle - start) / count)
            seconds["repeatable"].append((time.process_time() - middle) / count)
        bare, ours = (statistics.median(seconds[name]) for name in ("plain", "repeatable"))
        print(f"{size} x {size}: plain {bare * 1e6:.0f} us, repeatable {ours * 1e6:.0f} us, ratio {ours / bare:.3f}")


if __name__ == "__main__":
    main()
