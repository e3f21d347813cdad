"""What the workers of these tests make."""

import ctypes
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kpipe.errors import DataError

SPECS = {"x": ((3,), "int64"), "image": ((2, 5, 1), "uint8")}


class SomeError(ValueError):
    """Its message is not its argument."""

    def __init__(self, path):
        self.path = path
        super().__init__(f"cannot read {path}")


@dataclass(frozen=True)
class Request:
    """Samples, and what happens first: `wait` until a file is there, or a fault."""

    indices: np.ndarray
    event: str = ""
    value: object = None


@dataclass(frozen=True)
class Maker:
    """Makes samples that follow from their indices."""

    seed: int = 0

    def __call__(self, request):
        if request.event:
            globals()[request.event](request.value)
        indices = np.asarray(request.indices, np.int64)
        image = (indices.reshape(-1, 1, 1, 1) + np.arange(10).reshape(2, 5, 1)) % 251
        return {"x": indices[:, None] * [1, 10, self.seed], "image": image.astype(np.uint8)}


def wait(file):
    while not Path(file).exists():
        time.sleep(0.005)


def started(file):
    Path(file).touch()
    time.sleep(600)


def data_error(sample):
    raise DataError(f"{sample}: truncated")


def some_error(path):
    raise SomeError(path)


def local_error(_):
    class LocalError(Exception):
        pass

    raise LocalError("text")


def leave(code):
    sys.exit(code)


def signal_itself(number):
    os.kill(os.getpid(), number)
    time.sleep(600)


def exit_hard(code):
    os._exit(code)


def crash(_):
    ctypes.string_at(0)


class Facts:
    """Tells about its process instead of making samples."""

    def __call__(self, request):
        facts = (
            os.getpid(),
            sum(name in sys.modules for name in ("tensorflow", "keras", "kpipe.cli")),
            int(os.environ["OMP_NUM_THREADS"]),
            sys.modules["cv2"].getNumThreads() if "cv2" in sys.modules else -1,
            threading.active_count(),
        )
        return {"facts": np.array([facts], np.int64)}


class FactsWithOpenCV(Facts):
    """Loads OpenCV where it is unpickled."""

    def __reduce__(self):
        import cv2  # noqa: F401

        return _facts_with_opencv, ()


def _facts_with_opencv():
    import cv2  # noqa: F401

    return Facts()


@dataclass
class Holder:
    """Has arrays, and looks samples up in them."""

    arrays: dict

    def __call__(self, request):
        name, indices = request
        array = self.arrays[name]
        writable = np.full(len(indices), array.flags.writeable)
        return {"rows": array[indices].astype(np.float64).reshape(len(indices), -1)[:, :2], "writable": writable}


class Unloadable:
    """Fails in the process that it is sent to."""

    def __call__(self, request):
        return {}

    def __reduce__(self):
        return _fail, ("no such module there",)


def _fail(text):
    raise ModuleNotFoundError(text)
