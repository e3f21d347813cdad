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
    Path("images/a/7.png").unlink()

def truncate_png():
    truncate(Path("images/a/7.png"))

def truncate_jpeg():
    truncate(Path("images/b/7.jpg"))

def truncate(file):
    file.write_bytes(file.read_bytes()[:-40])
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
RED = 6
AUGMENT = ["HorizontalFlip", {"OneOf": {"transforms": ["Fragile"], "p": 1}}]


@pytest.fixture
def training(tmp_path, monkeypatch):
    import cv2

    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    for number, image in enumerate(images):
        path = Path("images", ("a", "b")[number % 2], f"{number // 2}.{('png', 'jpg')[number % 2]}")
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image if number != RED else np.full_like(image, (0, 0, 255)))
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


def table_of(files):
    Path("table.csv").write_text("file,kind\n" + "".join(f"{file},{file.parent.name}\n" for file in files))
    return {"Table": {"path": "table.csv", "target": "kind", "images": {"image": "file"}}}


def arrays_of(files):
    from PIL import Image

    pixels = [np.asarray(Image.open(file)) for file in files]
    np.savez("data.npz", x=np.stack(pixels), y=np.array([file.parent.name for file in files]))
    return {"Arrays": {"path": "data.npz"}}


@pytest.mark.parametrize("cache", ["none", "disk"])
@pytest.mark.parametrize("workers", [0, 2])
def test_custom_code_that_fails_is_an_error_of_the_training_at_its_place(training, workers, cache):
    changes = {"data.cache": cache, "data.workers": workers}
    assert "images/a/3.png: Fragile" in failed_augmentation(changes)


@pytest.mark.parametrize(("source", "workers"), [(table_of, 2), (arrays_of, 0)])
def test_the_row_of_a_sample_that_cannot_be_augmented_is_named(training, source, workers):
    files = sorted(Path("images").rglob("*.*"))
    changes = {"data.source": source(files), "data.workers": workers, "data.cache": "memory"}
    row = files.index(Path("images/a/3.png"))
    name = f"table.csv:{row + 2}" if source is table_of else f"sample {row}"
    assert f"{name}: Fragile" in failed_augmentation(changes)


def failed_augmentation(changes):
    """The last line in the log of a run in which a custom transform fails for one of the images."""
    Path("own.py").write_text(OWN)
    changes = {"imports": ["own.py"], "data.augment": AUGMENT, "train.callbacks": [], **changes}
    with raises(TrainingError):
        kpipe.load("spec.yaml", changes).run("run")
    line = Path("run/log.txt").read_text().splitlines()[-1]
    error = json.loads(Path("run/result.json").read_text())["error"]
    assert "KeyError in own.py:17: 'no label'" in line
    assert "KeyError in own.py:17" in error
    return line


def test_a_worker_that_was_killed_is_noticed_before_prefetched_batches_are_used(training):
    assert steps_after(training, "kill") == [*range(10), 0, 1, 2]
    assert left(map(int, Path("pids").read_text().split())) == []


@pytest.mark.parametrize("fault", ["delete", "truncate_png", "truncate_jpeg"])
def test_a_file_that_is_lost_during_the_training_is_an_error(training, fault):
    steps_after(training, fault)
