"""Epochs of a sweep that ends bad trials early against KerasTuner's own `search` on the same points; prints ratios.

The sweep is `kpipe:cs231n/coarse`, run before on images of CIFAR-10 with one folder per class:

    kpipe tune kpipe:cs231n/coarse --set vars.images=IMAGES --output SWEEP --workers 2
    python tests/benchmarks/sweep_epochs.py SWEEP IMAGES [TRIALS]

KerasTuner then trains the same network at the points of the first trials, by default all, and its epochs are counted
as they begin. Counts do not depend on the load of the machine.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
from kpipe_callbacks import StepSchedule

EPOCHS, BATCH = 5, 100
RATE, PENALTY = "vars.learning_rate", "vars.regularization"


class Points(keras_tuner.Oracle):
    """Proposes given points one after another."""

    def __init__(self, points: list[dict[str, float]]) -> None:
        space = keras_tuner.HyperParameters()
        for name in points[0]:
            space.Float(name, 1e-6, 1e6)
        super().__init__(objective=keras_tuner.Objective("val_accuracy", "max"), hyperparameters=space)
        self.points = points

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        number = int(trial_id)
        if number >= len(self.points):
            return {"status": keras_tuner.engine.trial.TrialStatus.STOPPED, "values": None}
        return {"status": keras_tuner.engine.trial.TrialStatus.RUNNING, "values": self.points[number]}


class CountedEpochs(keras.callbacks.Callback):
    """Counts the epochs of all copies of this callback."""

    count = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        CountedEpochs.count += 1


def network(values: keras_tuner.HyperParameters) -> keras.Model:
    """The two-layer network of the spec."""
    options = {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=1e-4),
        "kernel_regularizer": keras.regularizers.L2(values.get(PENALTY) / 2),
    }
    layers = [keras.layers.Dense(50, activation="relu", **options), keras.layers.Dense(10, **options)]
    model = keras.Sequential([keras.Input((3072,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(values.get(RATE), momentum=0.9), loss, metrics=["accuracy"])
    return model


def pixels(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """All images of the training part in random order, centered."""
    found = keras.utils.image_dataset_from_directory(folder, image_size=(32, 32), batch_size=500, seed=0, verbose=False)
    x, y = (np.concatenate(values) for values in zip(*found.as_numpy_iterator(), strict=True))
    x = x.reshape(len(x), -1)
    return x - x.mean(axis=0), y


def search(points: list[dict[str, float]], x: np.ndarray, y: np.ndarray) -> int:
    """Run KerasTuner's search, and return the number of epochs that it has trained."""
    schedule = StepSchedule(milestone_epochs=[1, 2, 3, 4], factor=0.9)
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Tuner(Points(points), network, directory=folder)
        fit = {"validation_split": 0.1, "epochs": EPOCHS, "batch_size": BATCH, "verbose": 0}
        tuner.search(x, y, callbacks=[CountedEpochs(), schedule], **fit)
    return CountedEpochs.count


def main(sweep: Path, images: Path, number: int | None = None) -> None:
    """Print the epochs of both, and the share of them that each rule has saved."""
    with (sweep / "trials.csv").open() as file:
        trials = [row for row in csv.DictReader(file) if row["status"] != "running"][:number]
    points = [{name: float(row[name]) for name in (RATE, PENALTY)} for row in trials]
    spent = dict.fromkeys(("completed", "pruned", "exploded"), 0)
    counts = dict(spent)
    for row in trials:
        spent[row["status"]] += int(row["epochs"])
        counts[row["status"]] += 1
    whole = search(points, *pixels(images / "train"))
    total = sum(spent.values())
    print(f"{len(trials)} trials: kpipe {total} epochs, KerasTuner {whole} epochs, ratio {total / whole:.3f}")
    for status, rule in (("pruned", "the median rule"), ("exploded", "the detector")):
        saved = EPOCHS * counts[status] - spent[status]
        print(f"{rule} ended {counts[status]} trials and saved {saved / whole:.3f} of KerasTuner's epochs")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
