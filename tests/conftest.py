"""Tests of what only TensorFlow has are skipped on JAX; those on JAX run beside the others, in a process of its own."""

import gc
import linecache
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import golden
import pytest
import slow
import warm_process

HERE = Path(__file__).parent
#: The callbacks; of the layers the sweep over all, and those with state that changes inside of a step.
LAYERS = [
    HERE / "layers" / f"test_{name}.py" for name in ("every_layer", "stochastic_depth", "drop_connect", "fractal_join")
]
ON_JAX = [HERE / "callbacks", HERE / "optimizers", HERE.parent / "callbacks", *LAYERS]
JAX = pytest.StashKey()
#: Half of the time on JAX is XLA's, which compiles networks of a few weights: it optimizes less, keeps each in one piece
#: and compiles the same network of two tests once. XLA ends the process with a message if it does not know a flag.
COMPILES_FAST = {
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "XLA_FLAGS": "--xla_cpu_parallel_codegen_split_count=1 --xla_cpu_use_fusion_emitters=false",
}


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


def pytest_configure(config):
    config.pluginmanager.register(golden.MESSAGES)
    config.pluginmanager.register(slow.SlowTests())
    config.pluginmanager.register(Doctests())


class Doctests:
    """Keeps few lines of source code for the debugger of doctests, which looks for changes of each file of them."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if isinstance(item, pytest.DoctestItem):
            linecache.clearcache()


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Keep the garbage collector away from what lives as long as the process: modules and tests, a million objects."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        # Graphs are many objects, and most die with their test: ten times more of them are made between two collections.
        gc.set_threshold(20_000, 20, 50)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def message_folders(tmp_path_factory):
    golden.MESSAGES.name_folders(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def warm_trials():
    """Trials, folds and checks before a run are processes that need not import TensorFlow."""
    with warm_process.warm_trials():
        yield


@pytest.fixture(scope="module")
def warm_checks():
    """The processes that check a run before it begins need not import TensorFlow."""
    with warm_process.warm_checks():
        yield


@pytest.fixture(scope="module", autouse=True)
def warm_data_workers(request):
    """Data workers need not import Albumentations, except in the tests of child processes and of the workers themselves."""
    if request.path.parent in (HERE / "child_processes", HERE / "data" / "workers"):
        yield
        return
    with warm_process.warm_data_workers():
        yield


@pytest.fixture(autouse=True)
def same_initial_weights():
    """Draw the weights of layers without a seed of their own the same in each run and each order of the tests."""
    if "keras" in sys.modules:
        from random_seed import set_random_seed

        set_random_seed(0)


def pytest_make_parametrize_id(config, val):
    """Name cases by their values, also where these are lists or mappings; golden files have these names."""
    name = _case(val) if isinstance(val, (dict, list, tuple)) else None
    return name and (name[1:-1] or type(val).__name__)


def _case(value):
    if isinstance(value, dict):
        parts = [(f"{key}={part}" if (part := _case(each)) else None) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [_case(each) for each in value]
    else:
        return repr(value) if value is None or type(value) in (str, int, float, bool) else None
    text = "(" + ", ".join(map(str, parts)) + ")"
    return text if None not in parts and text.isascii() and len(text) <= 100 else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    # Last, so that the process is not begun for a test that `-m` or `-k` excludes.
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        missing = pytest.mark.skip(reason="Keras' TensorFlow backend alone has this")
        for item in items:
            if item.get_closest_marker("tensorflow"):
                item.add_marker(missing)
        return
    beside = [item for item in items if item.path == HERE / "test_on_jax.py"]
    if not beside or not find_spec("jax") or config.option.collectonly or config.option.update_golden:
        return
    others = [item for item in items if item not in beside]
    if os.environ.get("PYTEST_XDIST_WORKER"):
        # One of several workers waits for it from the beginning; a process a worker would run it several times.
        items[:] = beside + others
    else:
        # It takes minutes, so it is begun first and waited for last.
        items[:] = others + beside
        _begin_on_jax(config)


def _begin_on_jax(config):
    cache = tempfile.TemporaryDirectory()
    config.add_cleanup(cache.cleanup)
    config.stash[JAX] = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ON_JAX],
        cwd=HERE.parent,
        env={**os.environ, **COMPILES_FAST, "JAX_COMPILATION_CACHE_DIR": cache.name, "KERAS_BACKEND": "jax"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def on_jax(request):
    """The process that runs them on JAX, which compares with the golden files as they were before an update."""
    if request.config.option.update_golden:
        pytest.skip("the golden files are being written; run this without --update-golden")
    if JAX not in request.config.stash:
        _begin_on_jax(request.config)
    return request.config.stash[JAX]


def pytest_unconfigure(config):
    process = config.stash.get(JAX, None)
    if process is not None and process.poll() is None:
        process.kill()
        process.communicate()
