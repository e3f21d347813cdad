"""Faults of data processes and files during a training, and resuming after them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from golden import raises
from still_running import left

import kpipe
from kpipe.errors import DataError

SPEC = """\
name: faults
seed: 3
imports: [faults.py]
data:
  source: {ImageFolder: {train: images}}
  validation: 0
  batch_size: 4
  workers: 2
  cache: none
  augment: [HorizontalFlip]
model: [Flatten, Dense: {units: =classes}]
train: {epochs: 4, callbacks: [Fault]}
"""
#: The callback of the spec: after the third step of the second epoch, it does what the file `fault` says.
FAULTS = '''\
import gc, os, signal
from pathlib import Path
import keras
from kpipe.data.workers.worker_pool import WorkerPool

class Fault(keras.callbacks.Callback):
    """Kills a worker process, or damages an image."""

    def on_train_batch_end(self, batch, logs=None):
        with open("steps", "a") as file:
            print(batch, file=file)
        if len(Path("steps").read_text().split()) == 13 and Path("fault").exists():
            globals()[Path("fault").read_text()]()

def kill():
    pool = next(entry for entry in gc.get_objects() if isinstance(entry, WorkerPool))
    pids = [worker._child.pid for worker in pool._workers]
    Path("pids").write_text(" ".join(map(str, pids)))
    os.kill(pids[0], signal.SIGKILL)
    pool._threads[0].join()

def delete():
    for file in Path("images").rglob("7.png"):
        file.unlink()

def truncate():
    for file in Path("images").rglob("7.png"):
        file.write_bytes(file.read_bytes()[:60])
'''


@pytest.fixture
def training(tmp_path, monkeypatch):
    import cv2

    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    for number, image in enumerate(images):
        path = Path("images", "ab"[number % 2], f"{number // 2}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image)
    Path("spec.yaml").write_text(SPEC)
    Path("faults.py").write_text(FAULTS)
    return kpipe.load("spec.yaml")


def steps_after(training, fault):
    """The steps that were done before the error, after which the training is resumed and completed."""
    Path("fault").write_text(fault)
    shutil.copytree("images", "copy")
    with raises(DataError, r"process \d+|images/./7"):
        training.run("run")
    steps = [int(step) for step in Path("steps").read_text().split()]
    Path("fault").unlink()
    shutil.rmtree("images")
    shutil.move("copy", "images")
    assert len(training.run("run", resume=True).history["loss"]) == 4
    return steps


def test_a_worker_that_was_killed_is_noticed_before_prefetched_batches_are_used(training):
    assert steps_after(training, "kill") == [*range(10), 0, 1, 2]
    assert left(map(int, Path("pids").read_text().split())) == []


@pytest.mark.parametrize("fault", ["delete", "truncate"])
def test_a_file_that_is_lost_during_the_training_is_an_error(training, fault):
    steps_after(training, fault)
