"""Faults of data processes and files during a training, and resuming after them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from golden import raises
from still_running import left

import kpipe
from kpipe.errors import TrainingError

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
    pools = [entry for entry in gc.get_objects() if isinstance(entry, WorkerPool)]
    # The pool of a test before this one may not have been collected yet; its processes have ended.
    pool = next(entry for entry in pools if Path(f"/proc/{entry._workers[0]._child.pid}").exists())
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


#: A transform that fails for images whose first pixel is red, as that of one file is.
OWN = '''\
import albumentations as A

class Fragile(A.ImageOnlyTransform):
    """Fails for some images.

    Args:
        p: probability.
    """

    def __init__(self, p: float = 1.0):
        super().__init__(p=p)

    def apply(self, img, **params):
        return labelled(img)

def labelled(img):
    return img if tuple(img[0, 0]) != (255, 0, 0) else {}["no label"]
'''
AUGMENT = ["HorizontalFlip", {"OneOf": {"transforms": ["Fragile"], "p": 1}}]


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
    with raises(TrainingError, r"process \d+|images/./7"):
        training.run("run")
    assert "; the finished epochs are saved in run" in Path("run/log.txt").read_text().splitlines()[-1]
    steps = [int(step) for step in Path("steps").read_text().split()]
    Path("fault").unlink()
    shutil.rmtree("images")
    shutil.move("copy", "images")
    assert len(training.run("run", resume=True).history["loss"]) == 4
    return steps


@pytest.mark.parametrize("workers", [0, 1])
def test_custom_code_that_fails_is_an_error_of_the_training_at_its_place(training, workers):
    import cv2

    Path("own.py").write_text(OWN)
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 2] = 255
    cv2.imwrite("images/a/3.png", red)
    changes = {"imports": ["own.py"], "data.augment": AUGMENT, "data.workers": workers, "train.callbacks": []}
    with raises(TrainingError):
        kpipe.load("spec.yaml", changes).run("run")
    log = Path("run/log.txt").read_text().splitlines()
    assert "KeyError in own.py:17: 'no label'" in log[-1]
    assert "KeyError in own.py:17" in json.loads(Path("run/result.json").read_text())["error"]


def test_a_worker_that_was_killed_is_noticed_before_prefetched_batches_are_used(training):
    assert steps_after(training, "kill") == [*range(10), 0, 1, 2]
    assert left(map(int, Path("pids").read_text().split())) == []


@pytest.mark.parametrize("fault", ["delete", "truncate"])
def test_a_file_that_is_lost_during_the_training_is_an_error(training, fault):
    steps_after(training, fault)
