"""Kills runs at random moments, resumes them, and compares what they become with an uninterrupted run, to the bit.

By hand: `python tests/kill_and_resume.py 1000` kills a thousand runs and prints how many came out equal;
`tests/train/test_kill_and_resume.py` does the same with a few. All runs are children of one process that has imported
TensorFlow and run nothing with it, so that each starts in half a second.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

HEAD = """\
name: killed
seed: 5
data: {source: Digits, test: 0.2, batch_size: 64, prepare: [{Rescale: {scale: 0.0625}}, {Center: {per: pixel}}]}
model:
  - GaussianNoise: {stddev: 0.1}
  - Conv2D: {filters: 6, kernel_size: 3, use_bias: false}
  - BatchNormalization: {momentum: 0.9}
  - ReLU
  - Residual:
      survival: 0.6
      branch: [Conv2D: {filters: 6, kernel_size: 3, padding: same}, BatchNormalization, Dropout: {rate: 0.1}]
  - FractionalMaxPooling2D
  - Flatten
  - Dropout: {rate: 0.3}
  - DropConnect: {layer: {Dense: {units: 24, activation: relu}}, rate: 0.2, mask: sample}
  - Dropout: {rate: 0.3, seed: 11}
  - Dense: {units: =classes}
train:
  epochs: 5
  validate: {every_steps: 11}
  checkpoint: {every_steps: 4}
"""
FILES = """\
    - ModelCheckpoint: {filepath: best.keras, monitor: val_loss, save_best_only: true}
    - CSVLogger: {filename: log.csv}
"""
#: What makes batches of their own in two processes.
WORKERS = "workers: 2, mix: [MixUp, CutMix], augment: [Affine: {rotate: [-20, 20], p: 0.8}, ColorJitter]"
#: One with Keras' callbacks, one with those of kpipe_callbacks, which goes back a few times; one with data processes.
SPECS = {
    "keras": f"""{HEAD}\
  initialize: [LSUV, BiasFromLabels]
  optimizer: {{SGD: {{learning_rate: 0.1, momentum: 0.9, use_ema: true, ema_momentum: 0.9}}}}
  callbacks:
    - ReduceLROnPlateau: {{monitor: loss, patience: 1, factor: 0.5, min_delta: 0.5}}
    - keras.EarlyStopping: {{monitor: val_accuracy, patience: 2, min_delta: 0.02}}
{FILES}""",
    "own": f"""{HEAD}\
  optimizer: {{SGD: {{learning_rate: 0.1, momentum: 0.9}}}}
  callbacks:
    - CosineSchedule: {{warmup_epochs: 0.5}}
    - PolyakAveraging: {{decay: 0.9, warmup: true, start: 5, batch_norm: average}}
    - ExplosionDetector:
        {{factor: 1.3, against: median, window: 6, on_explosion: rollback, lr_factor: 0.95, max_rollbacks: 99, keep_every: 3}}
    - EarlyStopping: {{monitor: val_loss, patience: 2, restore_best_weights: true}}
    - LayerStatistics: {{every_steps: 7}}
{FILES}""",
}
SPECS["workers"] = SPECS["keras"].replace("{source: Digits,", f"{{source: Digits, {WORKERS},")
SPECS["workers"] += "    - LayerStatistics: {every_steps: 5}\n"
#: An epoch is one step, and the state of the optimizer are its pairs.
SPECS["full"] = f"""\
name: killed
seed: 5
data: {{source: Digits, test: 0.2, batch_size: 400, prepare: [{{Rescale: {{scale: 0.0625}}}}, {{Center: {{per: pixel}}}}]}}
model: [Flatten, Dense: {{units: 24, activation: tanh}}, Dense: {{units: =classes}}]
train:
  epochs: 40
  initialize: [LSUV]
  optimizer: {{LBFGS: {{history: 4}}}}
  regularize: {{l2: 1.0e-3}}
  callbacks:
    - LayerStatistics: {{every_steps: 5}}
{FILES}"""
#: Two stages with layers, rates, batches and callbacks of their own; the second one stops early or not.
SPECS["stages"] = f"""\
{HEAD}\
  frozen_dropout: true
  stages:
    - epochs: 2
      only: [Last: {{share: 0.4}}]
      optimizer: {{Adam: {{learning_rate: 0.01}}}}
      callbacks:
        - keras.ReduceLROnPlateau: {{monitor: loss, patience: 0, factor: 0.5, min_delta: 9.0}}
        - LayerStatistics: {{every_steps: 5}}
{FILES.replace("    -", "        -")}\
    - epochs: 3
      freeze: [First: {{share: 0.2}}]
      optimizer: {{SGD: {{learning_rate: 0.1, momentum: 0.9}}}}
      learning_rate_multipliers: {{LayerDecay: {{factor: 0.7}}}}
      callbacks:
        - CosineSchedule: {{warmup_epochs: 0.5}}
        - PolyakAveraging: {{decay: 0.9, warmup: true, start: 5, batch_norm: reestimate}}
        - LayerStatistics: {{every_steps: 7}}
{FILES.replace("    -", "        -")}\
      data: {{batch_size: 48, augment: [Affine: {{rotate: [-20, 20], p: 0.8}}]}}
"""
#: The outputs of the frozen layers are computed once, again in each start.
SPECS["features"] = f"""\
name: killed
seed: 5
data: {{source: Digits, test: 0.2, batch_size: 64, prepare: [{{Rescale: {{scale: 0.0625}}}}]}}
model:
  - Conv2D: {{name: body, filters: 6, kernel_size: 3, use_bias: false}}
  - BatchNormalization: {{momentum: 0.9}}
  - ReLU
  - Flatten
  - Dropout: {{name: drop, rate: 0.3}}
  - Dense: {{name: head, units: =classes}}
train:
  epochs: 5
  validate: {{every_steps: 11}}
  checkpoint: {{every_steps: 4}}
  only: [drop, head]
  optimizer: {{Adam: {{learning_rate: 0.01}}}}
  callbacks:
    - PolyakAveraging: {{decay: 0.9, warmup: true, batch_norm: average}}
    - LayerStatistics: {{every_steps: 5}}
{FILES}"""

#: Where a run is killed: after a drawn time; while the n-th piece of a checkpoint is written; after the n-th epoch's
#: figures are written and before its state is.
MOMENTS = ("time", "writing", "between")


def train(spec: Path, folder: Path, moment: str = "", at: float = 0.0) -> None:
    """Runs a spec in this process, which is killed at the drawn moment."""
    import kpipe

    if moment == "writing":
        _kill_while_writing(int(at))
    elif moment == "between":
        _kill_between(int(at))
    kpipe.load(spec).run(folder, resume=True)


def _kill_while_writing(piece: int) -> None:
    from kpipe.train.resume import checkpoint_file

    write, done = checkpoint_file._HashingFile.write, Counter()

    def stopping(self, content):
        done["pieces"] += 1
        if done["pieces"] == piece:
            write(self, content[: len(content) // 2])
            self._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, content)

    checkpoint_file._HashingFile.write = stopping


def _kill_between(epoch: int) -> None:
    from kpipe.train.run_folder.history import History

    write = History.epoch_ends

    def stopping(self, moment, figures, seconds):
        write(self, moment, figures, seconds)
        if moment.epoch == epoch:
            os.kill(os.getpid(), signal.SIGKILL)

    History.epoch_ends = stopping


def child(*arguments, seconds: float | None = None) -> bool:
    """Trains in a child, which is killed after some seconds; whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            train(*arguments)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError(f"a run failed on its own: {arguments}")
    return os.WIFEXITED(status)


def outcome(folder: Path) -> dict[str, object]:
    """All that must be equal: the rows but their times, the result but its time and its starts, each array of the two models."""
    found: dict[str, object] = {}
    own = sorted(str(path.relative_to(folder)) for path in (*folder.rglob("log.csv"), *folder.rglob("best.keras")))
    found["files of callbacks"] = own
    logs = [name for name in own if name.endswith("log.csv")]
    for name in ("history.csv", "validations.csv", "steps.csv", "measurements.csv", "evidence.json", *logs):
        # A run with few steps in an epoch has no measurements of its first epochs.
        lines = (folder / name).read_text().splitlines() if (folder / name).exists() else []
        found[name] = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(lines)]
    found["result.json"] = {k: v for k, v in result(folder).items() if k not in ("seconds", "started")}
    if (folder / "layers.csv").exists():
        found["layers.csv"] = (folder / "layers.csv").read_bytes()
    for name in ("model.keras", *(name for name in own if name.endswith("best.keras"))):
        found[name] = arrays(folder / name)
    return found


def result(folder: Path) -> dict[str, object]:
    """What `result.json` holds."""
    found: dict[str, object] = json.loads((folder / "result.json").read_text())
    return found


def started(folder: Path) -> list[object]:
    """The starts that have been recorded, none of which a kill may lose."""
    path = folder / "started.json"
    found: list[object] = json.loads(path.read_text())["started"] if path.exists() else []
    return found


def arrays(model: Path) -> dict[str, bytes]:
    """The bytes of every array that a saved model holds."""
    import h5py

    found: dict[str, bytes] = {}

    def add(name, entry):
        if isinstance(entry, h5py.Dataset):
            found[name] = entry[()].tobytes()

    with zipfile.ZipFile(model) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(add)
    return found


def differences(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """The names of what differs."""
    return [name for name in one if one[name] != other[name]]


def kill_and_resume(count: int, seed: int, base: Path, say=lambda text: None) -> list[str]:
    """Kills `count` runs, each one to three times, and returns what went wrong."""
    whole = {}
    for name, text in SPECS.items():
        (base / f"{name}.yaml").write_text(text)
        began = time.monotonic()
        child(base / f"{name}.yaml", base / name)
        whole[name] = (outcome(base / name), time.monotonic() - began)
    chance, wrong = random.Random(seed), []
    for number in range(count):
        # Each kind of spec meets each kind of moment in turn.
        name = list(SPECS)[number % len(SPECS)]
        spec, (expected, takes) = base / f"{name}.yaml", whole[name]
        folder, moments, starts = base / f"run-{number}", [], []
        for _ in range(chance.randint(1, 3)):
            first = MOMENTS[(number + number // len(SPECS)) % len(MOMENTS)]
            moment = chance.choice(MOMENTS) if moments else first
            if moment == "time":
                seconds = chance.uniform(0.0, takes)
                moments.append(f"after {seconds:.2f} s")
                child(spec, folder, seconds=seconds)
            else:
                at = chance.randint(1, 400) if moment == "writing" else chance.randint(1, 4)
                moments.append(f"{moment} {at}")
                child(spec, folder, moment, at)
            starts = [*starts, *started(folder)[len(starts) :]]
        child(spec, folder)
        differing = differences(expected, outcome(folder))
        recorded = started(folder)
        if recorded[: len(starts)] != starts or result(folder)["started"] != recorded:
            differing.append("starts")
        if differing:
            wrong.append(f"run {number}, killed {', '.join(moments)}: {', '.join(differing)} differ")
        say(f"{number + 1}/{count} killed {', '.join(moments)}: {'differs' if differing else 'equal'}")
        if not differing:
            shutil.rmtree(folder)
    return wrong


if __name__ == "__main__":
    from kpipe.components.quiet_import import own_process
    from kpipe.train.devices.tensorflow_start import start_tensorflow

    # Otherwise the garbage collector of each child copies the memory of TensorFlow's objects by writing to them.
    own_process()
    start_tensorflow()

    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    drawn = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randint(0, 2**31)
    scratch = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp())
    bad = kill_and_resume(number, drawn, scratch, lambda text: print(text, flush=True))
    print(f"{number - len(bad)} of {number} equal to the bit (seed {drawn}, in {scratch})")
    print("\n".join(bad))
    sys.exit(bool(bad))
