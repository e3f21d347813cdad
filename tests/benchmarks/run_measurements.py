"""The share of a run that its measurements for the diagnosis take: step losses, the training sample, update ratios, layers.

`python tests/benchmarks/run_measurements.py [IMAGES]` trains a perceptron, a convolutional network and a residual network;
the last two on color images of random pixels, 5,000 by default. Both times are wall times of the same run. The share falls
with the length of a run, since the measurements at its end are constant; the goal is less than 3 %.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kpipe
from kpipe.train import completion
from kpipe.train.measurements.epoch_measurements import EpochMeasurements
from kpipe.train.measurements.step_losses import StepLosses

CONV = "Conv2D: {filters: 32, kernel_size: 3, padding: same, use_bias: false}, BatchNormalization, ReLU"
BRANCH = f"[{CONV}, Conv2D: {{filters: 32, kernel_size: 3, padding: same, use_bias: false}}, BatchNormalization]"
BLOCK = f"Residual: {{branch: {BRANCH}}}, ReLU"
SPECS = {
    "perceptron, digits": """
name: perceptron
data: {source: Digits, prepare: [Standardize], validation: 0.2}
model: [Flatten, Dense: {units: 64, activation: relu}, Dense: {units: =classes}]
train: {epochs: 50, optimizer: {SGD: {learning_rate: 0.1}}}
""",
    "three convolutions": f"""
name: convolutions
data: {{source: {{Arrays: {{path: PATH}}}}, prepare: [Rescale], validation: 0.1, batch_size: 128}}
model: [{CONV}, MaxPooling2D, {CONV}, MaxPooling2D, {CONV}, GlobalAveragePooling2D, Dense: {{units: =classes}}]
train: {{epochs: 5}}
""",
    "residual network": f"""
name: residual
data: {{source: {{Arrays: {{path: PATH}}}}, prepare: [Rescale], validation: 0.1, batch_size: 128}}
model: [{CONV}, MaxPooling2D, {BLOCK}, {BLOCK}, {BLOCK}, GlobalAveragePooling2D, Dense: {{units: =classes}}]
train: {{epochs: 3}}
""",
}


class Timer:
    """Adds up the time of the functions that it wraps, each only once where one calls another."""

    def __init__(self) -> None:
        self.seconds, self._is_running = 0.0, False

    def timed(self, function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            if self._is_running:
                return function(*args, **kwargs)
            self._is_running, began = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began
                self._is_running = False

        return run

    def wrap(self) -> None:
        for cls in (StepLosses, EpochMeasurements):
            for name, value in vars(cls).copy().items():
                if callable(value) and not name.startswith("_"):
                    setattr(cls, name, self.timed(value))
        completion.run_evidence = self.timed(completion.run_evidence)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    timer = Timer()
    timer.wrap()
    with tempfile.TemporaryDirectory() as folder:
        generator = np.random.default_rng(0)
        path = Path(folder, "images.npz")
        images = generator.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        np.savez(path, x=images, y=generator.integers(0, 10, count))
        for number, (name, text) in enumerate(SPECS.items()):
            spec = Path(folder, f"{number}.yaml")
            spec.write_text(text.replace("PATH", str(path)))
            timer.seconds, began = 0.0, time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kpipe.load(spec).run(Path(folder, f"run{number}"))
            total = time.perf_counter() - began
            print(f"{name}: {timer.seconds:.2f} of {total:.1f} s, {timer.seconds / total:.1%}", flush=True)


if __name__ == "__main__":
    main()
