"""Tests of what only TensorFlow has are left out on JAX; those on JAX run beside the others, in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import pytest

HERE = Path(__file__).parent
JAX = pytest.StashKey()


def pytest_collection_modifyitems(config, items):
    if keras.backend.backend() != "tensorflow":
        missing = pytest.mark.skip(reason="Keras' TensorFlow backend alone has this")
        for item in items:
            if item.get_closest_marker("tensorflow"):
                item.add_marker(missing)
        return
    beside = [item for item in items if item.path == HERE / "test_on_jax.py"]
    if beside and find_spec("jax") and not config.option.collectonly:
        # It takes minutes, so it is begun first and waited for last.
        items[:] = [item for item in items if item not in beside] + beside
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", HERE, HERE.parents[1] / "callbacks"]
        config.stash[JAX] = subprocess.Popen(
            command,
            cwd=HERE.parents[1],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def on_jax(request):
    """The process that runs this folder on JAX."""
    return request.config.stash[JAX]


def pytest_unconfigure(config):
    process = config.stash.get(JAX, None)
    if process is not None and process.poll() is None:
        process.kill()
        process.communicate()
