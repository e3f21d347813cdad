"""One training step through kpipe against a hand-written `compile` and `fit` on the same arrays, in turn in one process.

Usage: `python tests/benchmarks/step.py [ROUNDS]`. Both sides train equal models on the same NumPy arrays; kpipe's side is what
`kpipe run` does on a terminal: its feed, its loop, its progress bar, its history file. A round is one epoch of each; printed are the
medians over the rounds and their ratio, which is to be at most 1.02.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from kpipe.components.quiet_import import import_keras
from kpipe.messages.reporter import Reporter
from kpipe.messages.terminal_progress import TerminalProgress
from kpipe.pipeline import load
from kpipe.train.loop import Loop
from kpipe.train.plan import make_plan
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

keras = import_keras()

HEAD = """
name: step
data: {source: {Arrays: {x: x.npy, y: y.npy}}, validation: 0, batch_size: 128}
train: {optimizer: {SGD: {learning_rate: 0.01, momentum: 0.9}}}
"""
MLP = "model: [{Dense: {units: 256, activation: relu}}, {Dense: {units: =classes}}]"
RESNET = """
blocks:
  conv:
    params: [filters, {strides: 1}]
    layers:
      - Conv2D: {filters: =filters, kernel_size: 3, strides: =strides, padding: same, use_bias: false}
      - BatchNormalization
model:
  - conv: {filters: 16}
  - Repeat:
      each: {filters: [16, 32, 64], strides: [1, 2, 2]}
      of:
        - Residual: {branch: [conv: {filters: =filters, strides: =strides}, ReLU, conv: {filters: =filters}]}
        - ReLU
  - GlobalAveragePooling2D
  - Dense: {units: =classes}
"""


def by_hand(model: Any) -> Any:
    """An equal model, compiled as a script would."""
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    twin.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, metrics=["accuracy"])
    return twin


def compare(name: str, text: str, shape: tuple[int, ...], steps: int, rounds: int) -> None:
    """Measures one model and prints a line."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((128 * steps, *shape)).astype(np.float32)
    y = generator.integers(0, 10, 128 * steps)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "x.npy", x)
        np.save(folder / "y.npy", y)
        (folder / "step.yaml").write_text(HEAD + text)
        spec = load(folder / "step.yaml").spec
        with spec_session(spec):
            setup = set_up(spec, lambda line: None)
        prepared, model = setup.prepared, setup.built.model
        twin = by_hand(model)
        plan = make_plan(setup, RunFolder(folder))
        times: dict[str, list[float]] = {"fit": [], "kpipe": []}
        for number in range(rounds + 1):
            for kind in ("fit", "kpipe") if number % 2 else ("kpipe", "fit"):
                began = time.perf_counter()
                if kind == "fit":
                    twin.fit(x, y, batch_size=128, epochs=1, verbose=0)
                else:
                    run_loop(model, prepared, plan, steps, folder, number)
                if number:  # the first round traces
                    times[kind].append((time.perf_counter() - began) / steps)
    fit, ours = (statistics.median(times[kind]) for kind in ("fit", "kpipe"))
    print(
        f"{name}: fit {1e3 * fit:.3f} ms, kpipe {1e3 * ours:.3f} ms, ratio {ours / fit:.3f}, {rounds} rounds of {steps}"
    )


def run_loop(model: Any, prepared: Any, plan: Any, steps: int, folder: Path, epoch: int) -> None:
    """One epoch as `kpipe run` trains it on a terminal."""
    display = TerminalProgress(Reporter(messages=io.StringIO(), terminal=True), 1, steps)
    observers = [History(RunFolder(folder), plan.names, lambda: 0.01), display]
    labels = plan.objective.labels
    with prepared.worker_errors():
        Loop(
            model=model,
            batches=lambda _, first: prepared.batches("train", epoch=epoch, first_step=first, labels=labels),
            steps=steps,
            epochs=1,
            best_weights=plan.best_weights,
            observers=observers,
        ).run()
    display.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    compare("MLP 784-256-10", MLP, (784,), 400, count)
    compare("ResNet, 3 blocks", RESNET, (32, 32, 3), 12, count)
