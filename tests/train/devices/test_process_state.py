"""What a run, a build or a prediction changes in its process is as before afterwards, also after an error."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kpipe
from kpipe.components.quiet_import import import_keras
from kpipe.messages.reporter import Reporter
from kpipe.report.predict import predict_files
from kpipe.report.reevaluate import reevaluate
from kpipe.train.devices.process_state import preserve_caller_state, process_state

keras = import_keras()
SETTINGS = (
    "floatx",
    "epsilon",
    "image_data_format",
    "max_epochs",
    "max_steps_per_epoch",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
)
OWN = """
import sys
import keras

class Meet(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        sys.modules["meeting"].call()

class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs
"""
SPEC = """
name: small
seed: 3
imports: [./own.py]
data: {source: Iris, test: 0.2, validation: 0.2, prepare: [Standardize]}
model:
  - Twice
  - Residual: {branch: [Dense: {units: 4}, Dropout: {rate: 0.1}], survival: 0.5}
  - Dropout: {rate: 0.2}
  - Dense: {units: =classes}
train: {epochs: 2, deterministic: true, callbacks: [Meet]}
"""


@pytest.fixture
def meeting(monkeypatch):
    """Called by the spec's callback at the end of each epoch."""
    module = ModuleType("meeting")
    module.call = lambda: None
    monkeypatch.setitem(sys.modules, "meeting", module)
    return module


@pytest.fixture
def spec(tmp_path, meeting):
    (tmp_path / "own.py").write_text(OWN)
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


@pytest.fixture
def changed_by_the_caller():
    """A process that is not as new: seeds, a dtype policy, settings of Keras, name counters, a custom class."""
    import tensorflow as tf
    from keras.src.backend.common import global_state

    before = {**vars(global_state.GLOBAL_STATE_TRACKER)}
    known = dict(keras.saving.get_custom_objects())
    keras.utils.set_random_seed(11)
    random.random(), np.random.rand(), keras.random.uniform(()), tf.random.uniform(())
    keras.layers.Dense(2), keras.layers.Dense(2)
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.config.set_floatx("float64")
    keras.config.set_epsilon(1e-5)
    keras.config.set_image_data_format("channels_first")
    keras.config.set_max_epochs(1)
    keras.config.set_max_steps_per_epoch(1)
    keras.config.disable_flash_attention()
    keras.config.disable_interactive_logging()
    keras.config.disable_traceback_filtering()
    keras.config.enable_unsafe_deserialization()
    keras.saving.get_custom_objects()["own>Twice"] = dict
    yield
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    # Names that a test has added stay, such as those of kpipe's own layers, which are registered once.
    keras.saving.get_custom_objects().pop("own>Twice")
    keras.saving.get_custom_objects().update(known)
    vars(global_state.GLOBAL_STATE_TRACKER).clear()
    vars(global_state.GLOBAL_STATE_TRACKER).update(before)


def state():
    """Everything that a caller may rely on; nothing is drawn."""
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context

    attributes = vars(global_state.GLOBAL_STATE_TRACKER)
    generator = attributes.get("global_seed_generator")
    kernel = context.context()
    return {
        "python": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "tensorflow": (kernel._seed, kernel._rng.getstate() if kernel._seed is not None else None),
        "keras": (id(generator), None if generator is None else np.array(generator.state).tolist()),
        "seed": keras.utils.get_random_seed() if hasattr(keras.utils, "get_random_seed") else None,
        "names": dict(attributes.get("object_name_uids") or {}),
        "policy": keras.config.dtype_policy().name,
        "config": {name: getattr(keras.config, name)() for name in SETTINGS},
        "safe mode": attributes.get("safe_mode_saving"),
        "class": keras.saving.get_custom_objects().get("own>Twice"),
        "deterministic": determinism(),
        "streams": (sys.stdout, sys.stderr),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "levels": [logging.getLogger(name).level for name in ("", "tensorflow", "absl")],
        "warnings": list(warnings.filters),
        "errors": np.geterr(),
    }


def determinism():
    from tensorflow.python.framework import config

    return config.is_op_determinism_enabled()


def weights(model):
    return [np.asarray(value).tobytes() for value in model.get_weights()]


def test_nothing_of_the_caller_is_changed_and_nothing_of_the_caller_changes_a_run(
    spec, tmp_path, meeting, changed_by_the_caller
):
    def fail():
        raise RuntimeError("of the callback")

    def failing_run():
        meeting.call = fail
        try:
            with pytest.raises(RuntimeError, match="of the callback"):
                kpipe.load(spec).run(tmp_path / "failing")
        finally:
            meeting.call = lambda: None

    def failing_build():
        with pytest.raises(kpipe.SpecError):
            kpipe.load(spec, {"model": ["Twice", {"Conv2D": {"filters": 2, "kernel_size": 9}}]}).build()

    rows = tmp_path / "rows.csv"
    rows.write_text("sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5,3,1,0.2\n")
    silent = Reporter.silent()
    run = kpipe.load(spec).run(tmp_path / "run")
    again = tmp_path / "again"
    calls = {
        "load": lambda: kpipe.load(spec),
        "build": lambda: kpipe.load(spec).build(),
        "validate": lambda: kpipe.load(spec).validate(),
        "check": lambda: kpipe.load(spec).check(tmp_path / "check"),
        "run": lambda: kpipe.load(spec).run(again),
        "resume": lambda: kpipe.load(spec).run(again, resume=True),
        "failing run": failing_run,
        "failing build": failing_build,
        "Run.load": lambda: kpipe.Run.load(again),
        "evaluate": lambda: reevaluate(again, None, "json", lambda line: None),
        "predict": lambda: predict_files(again, [rows], "csv", tmp_path / "out.csv", silent),
    }
    for name, call in calls.items():
        before = state()
        call()
        after = state()
        for key, value in before.items():
            assert after[key] == value, (name, key)
    assert weights(kpipe.Run.load(again).model) == weights(run.model)


def test_a_run_in_a_process_that_was_changed_is_that_of_a_new_one(spec, tmp_path, request):
    first = kpipe.load(spec).run(tmp_path / "first")
    request.getfixturevalue("changed_by_the_caller")
    second = kpipe.load(spec).run(tmp_path / "second")
    assert weights(second.model) == weights(first.model)
    assert {v.dtype for v in second.model.variables} == {v.dtype for v in first.model.variables}
    names = [[layer.name for layer in run.model._flatten_layers()] for run in (first, second)]
    assert names[0] == names[1]


def test_images_are_channels_last_regardless_of_the_callers_settings(spec, changed_by_the_caller):
    # Padding makes the image 12 x 12 x 1, and channels first would make it 8 x 12 x 5.
    model = [{"ZeroPadding2D": {"padding": 2}}, "Flatten", {"Dense": {"units": "=classes"}}]
    pipeline = kpipe.load(spec, {"data.source": "Digits", "data.prepare": [], "model": model, "train.callbacks": []})
    pipeline.validate()
    assert [layer.output.shape for layer in pipeline.build().layers[-3:-1]] == [(None, 12, 12, 1), (None, 144)]


def test_a_caller_whose_warnings_are_errors_gets_a_run(spec, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        assert len(kpipe.load(spec).run(tmp_path / "run").history["loss"]) == 2
        assert warnings.filters == before


def test_a_spec_is_read_with_the_settings_of_a_new_process(spec, changed_by_the_caller):
    with preserve_caller_state():
        found = keras.config.dtype_policy().name, *(getattr(keras.config, name)() for name in SETTINGS)
    assert found == ("float32", "float32", 1e-7, "channels_last", None, None, None, True, True)


def test_what_is_imported_for_a_name_of_the_package_changes_nothing():
    code = """
import os, random, numpy
random.seed(1), numpy.random.seed(1)
before = random.getstate(), repr(numpy.random.get_state())
import kpipe
kpipe.Run
assert (random.getstate(), repr(numpy.random.get_state())) == before
assert "TF_CPP_MIN_LOG_LEVEL" not in os.environ
"""
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_search_of_the_callers_own_draws_what_it_draws_without_runs(spec, tmp_path):
    def search(action):
        random.seed(42), np.random.seed(42)
        drawn = []
        for trial in range(3):
            drawn.append((random.random(), np.random.rand()))
            action(trial)
        return drawn

    assert search(lambda trial: kpipe.load(spec).run(tmp_path / str(trial))) == search(lambda trial: None)


def test_a_second_use_is_refused_while_a_run_trains(spec, tmp_path, meeting):
    refused, own = [], sys.stdout
    (tmp_path / "other.yaml").write_text(SPEC)

    def attempt():
        pipeline = kpipe.load(tmp_path / "other.yaml")
        for action in (lambda: pipeline.run(tmp_path / "other"), pipeline.build, pipeline.check):
            try:
                action()
            except kpipe.DataError as error:
                refused.append(str(error))

    def call():
        attempt()
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        meeting.call = lambda: None

    meeting.call = call
    run = kpipe.load(spec).run(tmp_path / "run")
    assert len(refused) == 6
    assert all("this process is busy with a run whose custom code called kpipe" in text for text in refused[:3])
    assert all("this process is busy with a run in another thread" in text for text in refused[3:])
    assert all("multiprocessing.get_context('spawn')" in text for text in refused)
    assert not (tmp_path / "other").exists()
    assert sys.stdout is own
    # It is free again, and the attempts have changed nothing.
    assert weights(kpipe.load(tmp_path / "other.yaml").run(tmp_path / "other").model) == weights(run.model)


def test_what_other_threads_print_is_not_a_message_of_the_run(spec, tmp_path, meeting, capsys):
    go, printed = threading.Event(), threading.Event()

    def program():
        go.wait(60)
        print("of the program")
        printed.set()

    def call():
        print("of the callback")
        go.set()
        printed.wait(60)

    thread = threading.Thread(target=program)
    thread.start()
    meeting.call = call
    kpipe.load(spec).run(tmp_path / "run")
    thread.join()
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "of the callback" in log
    assert "of the program" not in log
    assert capsys.readouterr().out == "of the program\n"


def test_a_child_that_is_forked_in_a_run_is_not_part_of_it(spec, tmp_path, meeting):
    handler, own, found = signal.getsignal(signal.SIGTERM), sys.stdout, []

    def child() -> int:
        if sys.stdout is not own or signal.getsignal(signal.SIGTERM) is not handler:
            return 2
        try:
            kpipe.load(spec).build()
        except kpipe.DataError as error:
            return 0 if "forked from one that was training" in str(error) else 3
        return 4

    def call():
        meeting.call = lambda: None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            code = 5
            try:
                code = child()
            finally:
                os._exit(code)
        found.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    meeting.call = call
    kpipe.load(spec).run(tmp_path / "run")
    assert found == [0]


def test_a_short_use_waits_for_another_and_an_error_frees_the_state():
    order, inside = [], threading.Event()

    def first():
        with process_state(seed=1):
            inside.set()
            time.sleep(0.05)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(60)
    with preserve_caller_state():
        order.append("needs no state")
    with pytest.raises(ZeroDivisionError), process_state(seed=2), process_state(seed=3):
        order.append("second")
        raise ZeroDivisionError
    thread.join()
    assert order == ["needs no state", "first", "second"]
    with process_state(is_run=True):
        order.append("third")
    assert order[-1] == "third"
