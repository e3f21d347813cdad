"""What keeping the features of frozen layers saves: `python tests/benchmarks/frozen_features.py [IMAGES [EPOCHS]]`.

Six convolutions with batch normalization and a linear classifier on random images of 32x32 (1,000 by default) at batch 64: all layers
trained, the convolutions frozen, and frozen with their features kept. Printed are the medians of the seconds of an epoch with its
validation, after the first one, which computes the features, and their ratios; and whether the last two end with the same weights, to
the bit. The three are trained in one process, one after another.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kpipe
from kpipe.train.frozen_features.kept_features import KeptFeatures

FILTERS = (32, 64, 128)


def spec(path, epochs, frozen):
    convolution = [
        {"Conv2D": {"filters": "=filters", "kernel_size": 3, "padding": "same", "use_bias": False}},
        "BatchNormalization",
        "ReLU",
    ]
    stages = [[{"conv": {"filters": count}}, {"conv": {"filters": count}}, "MaxPooling2D"] for count in FILTERS]
    body = [layer for stage in stages for layer in stage]
    return {
        "name": "frozen-features",
        "data": {"source": {"Arrays": {"path": str(path)}}, "batch_size": 64, "prepare": ["Standardize"]},
        "blocks": {
            "conv": {"params": ["filters"], "layers": convolution},
            "features": {"layers": [*body, "GlobalAveragePooling2D"]},
        },
        "model": [{"features": {"name": "body"}}, {"Dropout": {"rate": 0.3}}, {"Dense": {"units": "=classes"}}],
        "train": {"epochs": epochs, "freeze": ["body"] if frozen else []},
    }


def main(images, epochs):
    draw = np.random.default_rng(0)
    seconds, weights = {}, {}
    decided = KeptFeatures.data
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        pixels = draw.integers(0, 256, (images, 32, 32, 3), dtype=np.uint8)
        np.savez(path, x_train=pixels, y_train=draw.integers(0, 10, images))
        for name in ("trained", "frozen", "kept"):
            # Without features, but with the images in memory, unlike `data.cache: none`.
            KeptFeatures.data = decided if name == "kept" else lambda self, check: self._setup.prepared
            run = kpipe.load(spec(path, epochs, name != "trained")).run(Path(folder) / name)
            seconds[name], weights[name] = run.history["seconds"], run.model.get_weights()
    middle = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    for name, values in seconds.items():
        print(f"{name:8} {middle[name]:8.3f} s an epoch, the first one {values[0]:.3f} s")
    same = all(np.array_equal(*pair) for pair in zip(weights["frozen"], weights["kept"], strict=True))
    print(
        f"trained / kept {middle['trained'] / middle['kept']:.1f}, frozen / kept {middle['frozen'] / middle['kept']:.1f}"
    )
    print(f"frozen and kept: weights {'identical' if same else 'DIFFERENT'}")


if __name__ == "__main__":
    main(*[*map(int, sys.argv[1:]), *(1000, 6)[len(sys.argv) - 1 :]])
