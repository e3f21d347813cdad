"""Samples with few copies for the tests of the checks."""

from __future__ import annotations

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.dataset import Target
from kpipe.data.sources.array_dataset import ArrayDataset


def textured(count: int, size: int = 32, seed: int = 0, channels: int = 3) -> np.ndarray:
    """Images of smooth random shapes and some grain, as photos have, uint8 (count, size, size, channels)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    waves = rng.normal(size=(count, 12, 2)) * 2
    phases, colors = rng.uniform(0, 2 * np.pi, (count, 12)), rng.normal(size=(count, 12, channels))
    shapes = np.sin(2 * np.pi * np.einsum("nkd,dyx->nkyx", waves, np.stack([y, x])) + phases[..., None, None])
    values = np.einsum("nkyx,nkc->nyxc", shapes, colors) * 25 + 128 + rng.normal(0, 3, (count, size, size, channels))
    return values.clip(0, 255).astype(np.uint8)


def of_arrays(train, test, labels=None, classes=("cat", "dog")) -> CheckedSamples:
    """The samples of two parts of an array, with class 0 by default."""
    y = np.zeros(len(train) + len(test), np.int64) if labels is None else np.asarray(labels)
    dataset = ArrayDataset(
        {"x": {"train": np.asarray(train), "test": np.asarray(test)}},
        {"y": Target("y", "classification", tuple(classes), ())},
        {"y": y},
    )
    return CheckedSamples.of_dataset(dataset)
