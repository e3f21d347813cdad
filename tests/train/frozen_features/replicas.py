"""Trains on two replicas with features and without them, and on one device, and prints the largest differences as JSON.

TensorFlow has one strategy a process, so `test_replicas.py` runs this in a child.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import kpipe

MODEL = [
    {"Conv2D": {"filters": 6, "kernel_size": 3, "name": "conv"}},
    {"BatchNormalization": {"name": "norm"}},
    "Flatten",
    {"Dense": {"units": 12, "activation": "tanh"}},
    {"Dense": {"units": "=classes"}},
]


def trained(folder, cache, strategy):
    # The last batch has 17 samples, which are split 9 + 8.
    data = {"source": "Digits", "batch_size": 100, "validation": 0.1, "prepare": ["Standardize"], "cache": cache}
    train = {"epochs": 3, "freeze": ["conv", "norm"], "strategy": strategy}
    run = kpipe.load({"name": "f", "data": data, "model": MODEL, "train": train}).run(folder)
    assert ("features: the outputs" in (folder / "log.txt").read_text()) == (cache != "none")
    return run.model.get_weights()


def difference(first, second):
    return max(float(np.abs(value - other).max()) for value, other in zip(first, second, strict=True))


if __name__ == "__main__":
    base, two = Path(sys.argv[1]), {"Mirrored": {"devices": 2}}
    features = trained(base / "features", "auto", two)
    print(
        json.dumps(
            {
                "frozen": difference(features, trained(base / "frozen", "none", two)),
                "one": difference(features, trained(base / "one", "auto", {"OneDevice": {"device": "CPU:0"}})),
            }
        )
    )
