"""`kpipe run kpipe:digits` against a hand-written script that does the same, as whole processes in turn.

Usage: `python tests/benchmarks/digits.py [ROUNDS]`. Prints both medians in seconds, their difference, and the test accuracy of
each. The script loads, splits, centers, trains with validation, keeps the best epoch, saves it, and evaluates it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = """
import sys
import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(7)
data = load_digits()
x, y = data.images[..., None].astype("float32") / 16, data.target
x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=7)
x, x_val, y, y_val = train_test_split(x, y, test_size=0.1, stratify=y, random_state=7)
mean = x.mean(0)
image = h = keras.Input((8, 8, 1))
for filters in (32, 32, 0, 64):
    if filters == 0:
        h = keras.layers.MaxPooling2D()(h)
        continue
    h = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_regularizer=keras.regularizers.L2(1e-4))(h)
    h = keras.layers.ReLU()(keras.layers.BatchNormalization()(h))
h = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(h))
h = keras.layers.Dense(10, kernel_regularizer=keras.regularizers.L2(1e-4))(h)
model = keras.Model(image, h)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
best = keras.callbacks.EarlyStopping(patience=1000, restore_best_weights=True, start_from_epoch=0)
log = keras.callbacks.CSVLogger(sys.argv[1] + "/history.csv")
model.fit(x - mean, y, batch_size=32, epochs=30, validation_data=(x_val - mean, y_val), callbacks=[best, log], verbose=2)
model.save(sys.argv[1] + "/model.keras")
print("accuracy", model.evaluate(x_test - mean, y_test, verbose=0)[1])
"""


def timed(command: list[str]) -> tuple[float, str]:
    """Wall seconds of a command and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stdout


def main(rounds: int) -> None:
    """Runs both in turn and prints the results."""
    ours, theirs, accuracy = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "by_hand.py"
        script.write_text(SCRIPT)
        for number in range(rounds):
            run = Path(folder) / f"run{number}"
            ours.append(timed([sys.executable, "-m", "kpipe", "run", "kpipe:digits", "--output", str(run)])[0])
            seconds, printed = timed([sys.executable, str(script), folder])
            theirs.append(seconds)
            result = json.loads((run / "result.json").read_text())
            accuracy.append((result["test"]["accuracy"], float(printed.split()[-1])))
    ours_median, theirs_median = statistics.median(ours), statistics.median(theirs)
    print(f"kpipe {ours_median:.1f} s, by hand {theirs_median:.1f} s, difference {ours_median - theirs_median:+.1f} s")
    print(f"test accuracy: kpipe {accuracy[0][0]:.4f}, by hand {accuracy[0][1]:.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
