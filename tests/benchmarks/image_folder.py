"""Epochs over JPEG files without augmentation, against Keras' `image_dataset_from_directory`; run manually.

Prints seconds per epoch and ratios, which are medians over rounds in which all take turns in one process. Keras
shuffles and prefetches; it reads the files in each epoch, or shuffles images that `cache` keeps in memory or a file.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf

from kpipe.data.prepared import PreparedData
from kpipe.data.sources.arrays import Arrays
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.source import OpenContext

BATCH, CLASSES, ROUNDS = 32, 10, 5


def write_images(folder: Path, count: int, size: int) -> np.ndarray[Any, Any]:
    """Write JPEG files with the structure of photos, and return the decoded pixels in the order of kpipe."""
    rng = np.random.default_rng(0)
    pixels = np.empty((count, size, size, 3), np.uint8)
    for index in range(count):
        small = rng.integers(0, 256, (size // 8, size // 8, 3), np.uint8)
        image = cv2.add(cv2.resize(small, (size, size)), rng.integers(0, 16, (size, size, 3), np.uint8))
        path = folder / f"{index * CLASSES // count}" / f"{index:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 90])
        pixels[index] = cv2.imread(str(path))[..., ::-1]
    return pixels


def opened(source: Any, scratch: Path) -> Any:
    return source.open(OpenContext(print, 0.01, scratch / "checks"))


def of_kpipe(dataset: Any, memory: float, cache: str) -> Callable[[int], Iterable[Any]]:
    data = PreparedData(dataset, dataset.parts, batch_size=BATCH, memory=memory, cache=cache)
    data.fit()
    return lambda number: data.batches("train", epoch=number)


def of_keras(folder: Path, size: int, cache: str | None = None) -> Callable[[int], Iterable[Any]]:
    """Return shuffled batches: of the files, or of decoded images that are cached in memory ("") or a file."""
    count = len(list(folder.rglob("*.jpg")))
    data = keras.utils.image_dataset_from_directory(
        folder, image_size=(size, size), batch_size=None if cache is not None else BATCH, shuffle=True, verbose=False
    )
    if cache is not None:
        data = data.cache(cache).shuffle(count).batch(BATCH)
    data = data.prefetch(tf.data.AUTOTUNE)
    return lambda number: data


def seconds(batches: Iterable[Any]) -> tuple[float, float]:
    """Return the duration of an epoch, and the processor time of all threads, which other processes affect less."""
    start, used = time.perf_counter(), time.process_time()
    for _ in batches:
        pass
    return time.perf_counter() - start, time.process_time() - used


def compare(count: int, size: int, scratch: Path) -> None:
    folder = scratch / f"{size}"
    pixels = write_images(folder, count, size)
    np.save(scratch / "x.npy", pixels)
    np.save(scratch / "y.npy", np.arange(count) * CLASSES // count)
    files = opened(ImageFolder(folder), scratch)
    arrays = opened(Arrays(x=scratch / "x.npy", y=scratch / "y.npy"), scratch)
    makers = {
        "Keras, files": of_keras(folder, size),
        "Keras, cached in memory": of_keras(folder, size, ""),
        "Keras, cached in a file": of_keras(folder, size, str(scratch / f"keras-{size}")),
        "memory": of_kpipe(files, 4.0, "memory"),
        "disk": of_kpipe(files, 0.0, "disk"),
        "none": of_kpipe(files, 0.0, "none"),
        "mapped arrays": of_kpipe(arrays, 0.0, "none"),
    }
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in makers}
    for number in range(ROUNDS + 1):
        for name, batches in makers.items():
            rounds[name].append(seconds(batches(number)))
    # The first round fills caches and traces.
    taken = {name: np.array(found[1:]) for name, found in rounds.items()}
    print(f"{count:,} JPEG files of {size}x{size}, seconds per epoch (of the processor):")
    for name, found in taken.items():
        print("  {}: {:.3f} ({:.3f})".format(name, *np.median(found, axis=0)))
    rivals = {"memory": "Keras, cached in memory", "disk": "Keras, cached in a file"}
    for name in ("memory", "disk", "none", "mapped arrays"):
        for rival in dict.fromkeys((rivals.get(name, "Keras, files"), "Keras, files")):
            print("  {} / {}: {:.3f} ({:.3f})".format(name, rival, *np.median(taken[name] / taken[rival], axis=0)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        compare(10_000, 32, Path(name))
        compare(600, 224, Path(name))
