"""What a checkpoint costs: its time and its bytes, and its time as a share of an epoch's, printed for two models.

Usage: `python tests/benchmarks/checkpoint.py [ROUNDS]`. The first is a small MLP on as many samples as Digits has, the second
a ResNet of 110 layers (1.7 M parameters) on 32x32 images with SGD and momentum. A round captures the state and writes it, synchronized
to the disk, as `kpipe run` does at the end of each epoch, best weights so far included; reading it back and putting it in place is
measured once a round too. The MLP's epoch is the median of whole epochs, as the loop trains them and `history.csv` is written, without
checkpoints. Of the ResNet a few steps are taken, and an epoch of CIFAR-10 (50,000 images) is worked out: its steps times the median one
after the first, which traces.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from kpipe.components.quiet_import import import_keras
from kpipe.messages.training_position import TrainingPosition
from kpipe.pipeline import load
from kpipe.train.loop import Loop
from kpipe.train.plan import make_plan
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Checkpoints, Position
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

keras = import_keras()

HEAD = """
name: checkpoint
data: {source: {Arrays: {x: x.npy, y: y.npy}}, validation: 0, batch_size: 128}
train: {optimizer: {SGD: {learning_rate: 0.01, momentum: 0.9}}}
"""
MLP = "model: [{Dense: {units: 64, activation: relu}}, {Dense: {units: 32, activation: relu}}, {Dense: {units: =classes}}]"
RESNET = """
blocks:
  conv:
    params: [filters, {strides: 1}]
    layers:
      - Conv2D: {filters: =filters, kernel_size: 3, strides: =strides, padding: same, use_bias: false}
      - BatchNormalization
  unit:
    params: [filters, {strides: 1}]
    layers:
      - Residual: {branch: [conv: {filters: =filters, strides: =strides}, ReLU, conv: {filters: =filters}]}
      - ReLU
model:
  - conv: {filters: 16}
  - ReLU
  - Repeat:
      each: {filters: [16, 32, 64], strides: [1, 2, 2]}
      of:
        - unit: {filters: =filters, strides: =strides}
        - Repeat: {times: 17, of: [unit: {filters: =filters}]}
  - GlobalAveragePooling2D
  - Dense: {units: =classes}
"""


def measure(name: str, text: str, shape: tuple[int, ...], samples: int, taken: int, steps: int, rounds: int) -> None:
    """Measures one model and prints its lines."""
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "x.npy", generator.standard_normal((samples, *shape)).astype(np.float32))
        np.save(folder / "y.npy", np.arange(samples) % 10)
        (folder / "checkpoint.yaml").write_text(HEAD + text)
        spec = load(folder / "checkpoint.yaml").spec
        with spec_session(spec):
            setup = set_up(spec, lambda line: None)
        prepared, model = setup.prepared, setup.built.model
        plan = make_plan(setup, RunFolder(folder))
        if taken == steps:
            epoch = epoch_seconds(model, prepared, plan, steps, rounds, folder)
        else:
            epoch = steps * step_seconds(model, prepared, plan, taken)
        plan.best_weights.update(model, {"loss": 1.0}, TrainingPosition(1, taken))
        history = History(RunFolder(folder), plan.names, lambda: 0.01)
        checkpoints = Checkpoints(folder / "checkpoint")
        states = Checkpointing(checkpoints=checkpoints, best_weights=plan.best_weights, history=history)
        times: dict[str, list[float]] = {"written": [], "read and put back": []}
        for number in range(rounds):
            began = time.perf_counter()
            states.write(model, plan.callbacks, Position(number + 1), {"done": 0})
            times["written"].append(time.perf_counter() - began)
            began = time.perf_counter()
            found = states.checkpoints.latest(print)
            if found is None:
                raise RuntimeError("no checkpoint was written")
            saved = Captured(*found)
            saved.check(model, plan.callbacks)
            saved.restore(model, plan.callbacks, plan.best_weights)
            times["read and put back"].append(time.perf_counter() - began)
        size = max((folder / "checkpoint").iterdir()).stat().st_size
    weights = 4 * model.count_params()
    print(f"{name}: {model.count_params():,} parameters, an epoch of {steps} steps takes {epoch:.2f} s")
    print(f"  {size / 1e6:.3f} MB, {size / weights:.2f} times the weights")
    for what, found in times.items():
        middle = statistics.median(found)
        print(
            f"  {what}: {1e3 * middle:.1f} ms (slowest {1e3 * max(found):.1f} ms), {middle / epoch:.3%} of an epoch, "
            f"{rounds} rounds"
        )


def epoch_seconds(model: Any, prepared: Any, plan: Any, steps: int, rounds: int, folder: Path) -> float:
    """The median time of an epoch, from its beginning to the next one's."""
    begins: list[float] = []

    def batches(epoch: int, first: int) -> Any:
        begins.append(time.perf_counter())
        return prepared.batches("train", epoch=epoch, first_step=first, labels=plan.objective.labels)

    history = History(RunFolder(folder), plan.names, lambda: 0.01)
    with prepared.worker_errors():
        Loop(
            model=model,
            batches=batches,
            steps=steps,
            epochs=rounds + 2,
            best_weights=plan.best_weights,
            observers=[history],
        ).run()
    return statistics.median(np.diff(begins)[1:])


def step_seconds(model: Any, prepared: Any, plan: Any, taken: int) -> float:
    """The median time of a training step."""
    model.make_train_function()
    found: list[float] = []
    with prepared.worker_errors():
        batches = iter(prepared.batches("train", epoch=0, labels=plan.objective.labels))
        for _ in range(taken):
            began = time.perf_counter()
            float(model.train_function(batches)["loss"])
            found.append(time.perf_counter() - began)
    return statistics.median(found[1:])


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    measure("MLP on Digits-sized data", MLP, (64,), 1792, 14, 14, count)
    measure("ResNet-110, SGD with momentum", RESNET, (32, 32, 3), 6 * 128, 6, 391, count)
