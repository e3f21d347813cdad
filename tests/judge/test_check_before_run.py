"""Runs that are checked first."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import warm_process
from golden import expect_message, raises
from PIL import Image
from still_running import left

import kpipe
from kpipe.errors import ArgumentError, DataError, SpecError, TrainingError
from kpipe.judge.check_before_run import check_before_run
from kpipe.messages.reporter import Reporter
from kpipe.train.run_control import RunControl

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_trials", "warm_checks")]

SPEC = """\
name: photos
imports: [./mine.py]
data:
  source: {ImageFolder: {train: images}}
  cache: disk
  batch_size: 16
  augment: [{HorizontalFlip: {p: 0.5}}]
  prepare: [Rescale]
model:
  - Flatten
  - Same
  - Dropout: {rate: 0.2}
  - Dense: {units: =classes}
train: {epochs: 2}
"""
CODE = "import keras\n\n\nclass Same(keras.layers.Layer):\n    def call(self, inputs):\n        return inputs\n"
SICK = """\
name: sick
data: {source: Digits, prepare: [Standardize]}
model: [Flatten, Dense: {units: =classes}]
train: {epochs: 1, regularize: {l2: 100.0}}
checks: {ignore: [E106, E109, E110]}
"""


def reporting():
    return Reporter(messages=io.StringIO(), results=io.StringIO())


def content(folder):
    """What does not depend on times: history, result, files, and the weights of the model."""
    result = json.loads((folder / "result.json").read_text())
    rows = csv.DictReader((folder / "history.csv").read_text().splitlines())
    return (
        [{key: value for key, value in row.items() if key != "seconds"} for row in rows],
        {key: value for key, value in result.items() if key not in ("seconds", "started")},
        # The first of two runs fills the cache.
        [line for line in result["started"][0]["notices"] if "to the cache" not in line],
        [value.tobytes() for value in kpipe.Run.load(folder).model.get_weights()],
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run that is checked while nothing is cached and its files no longer exist, and one that is not checked."""
    folder = tmp_path_factory.mktemp("runs")
    generator = np.random.default_rng(0)
    for label, low in (("dark", 0), ("light", 100)):
        (folder / "images" / label).mkdir(parents=True)
        for number in range(40):
            pixels = generator.integers(low, low + 156, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "images" / label / f"{number}.png")
    reporter = reporting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        (folder / "mine.py").write_text(CODE)
        (folder / "spec.yaml").write_text(SPEC)
        pipeline = kpipe.load(folder / "spec.yaml")
        (folder / "mine.py").unlink()
        (folder / "spec.yaml").unlink()
        pipeline.run(folder / "checked", check=True, budget=20, reporter=reporter)
        pipeline.run(folder / "alone")
    return folder, reporter


def test_a_checked_run_is_bit_identical_to_one_without(runs):
    folder, _ = runs
    checked, alone = content(folder / "checked"), content(folder / "alone")
    assert checked == alone


def test_the_folder_contains_the_results_of_the_check(runs):
    folder, _ = runs
    added = {file.name for file in (folder / "checked").iterdir()} - {
        file.name for file in (folder / "alone").iterdir()
    }
    assert added == {"check.json", "learning_rate.png"}
    written = json.loads((folder / "checked" / "check.json").read_text())
    assert (written["passed"], written["budget"]) == (True, 20)
    assert (folder / "checked" / "learning_rate.png").read_bytes()[:4] == b"\x89PNG"
    log = (folder / "checked" / "log.txt").read_text()
    assert log.startswith("probe")
    assert log.count("first loss") == 1
    assert "checking: " not in log


def test_messages_of_the_check_are_shown_before_those_of_the_run(runs):
    _, reporter = runs
    lines = reporter.messages.getvalue().splitlines()
    begins = [line.partition(":")[0].partition(" ")[0] for line in lines]
    assert begins.index("devices") < begins.index("checking") < begins.index("epoch")
    assert "checking: first loss" in lines
    assert reporter.results.getvalue().startswith("probe")


def test_an_error_stops_the_run_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reporter = reporting()
    with raises(TrainingError) as caught:
        kpipe.load(SICK).run(tmp_path / "out", resume=True, check=True, reporter=reporter)
    assert caught.value.exit_code == 1
    assert "E102 train.regularize (<string>:4:32): " in reporter.results.getvalue()
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*")} - {"runs", "runs/sick"} == {
        "runs/sick/check",
        "runs/sick/check/check.json",
        "runs/sick/check/learning_rate.png",
    }


def test_without_a_table_the_error_contains_the_verdicts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(TrainingError) as caught:
        kpipe.load(SICK).run(tmp_path / "out", check=True, progress=False)
    head, verdict = str(caught.value).splitlines()
    expect_message(head)
    assert verdict.startswith("    E102 train.regularize (<string>:4:32): ")
    assert not (tmp_path / "out").exists()


def test_the_child_has_ended_before_this_process_uses_a_device(tmp_path):
    code = f"""
from pathlib import Path
import kpipe
from kpipe.components.quiet_import import import_keras
from kpipe.messages.reporter import Reporter

class Watching(Reporter):
    def say(self, text):
        super().say(text)
        self.used()

    def used(self):
        from tensorflow.python.eager import context

        assert not context.context()._initialized

    def show(self, text, form="text"):
        self.used()
        parts = Path("/proc/self/task").glob("*/children")
        assert not "".join(file.read_text() for file in parts).strip()
        print("shown")

import_keras()
try:
    kpipe.load({SICK!r}).run("out", check=True, reporter=Watching())
except kpipe.TrainingError:
    print("stopped")
"""
    done = warm_process.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "shown\nstopped\n"), done.stderr


def test_a_check_in_this_process_leaves_its_devices_as_they_are(tmp_path):
    code = f"""
import kpipe

pipeline = kpipe.load({SICK!r}, {{"train.strategy": {{"Mirrored": {{"devices": 2}}}}}})
pipeline.check(budget=1e-6)
try:
    pipeline.run("out")
except kpipe.SpecError as error:
    print(error)
"""
    done = warm_process.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expect_message(done.stdout)


@pytest.mark.parametrize(
    ("old", "new"),
    [("[Fl", "[Conv2D: {filters: 8, kernel_size: 50}, Fl"), ("{source", "{batch_size: 5000, last_batch: drop, source")],
    ids=["shape", "steps"],
)
def test_errors_of_the_child_are_those_of_this_process(old, new):
    pipeline = kpipe.load(SICK.replace(old, new))
    caught = []
    for call in (pipeline.validate, lambda: pipeline.run(check=True)):
        with pytest.raises(SpecError) as error:
            call()
        caught.append((str(error.value), error.value.__notes__))
    assert caught[0] == caught[1]


@pytest.mark.parametrize(
    "act", ["os.kill(os.getpid(), 9)", "os._exit(3)", "ctypes.string_at(0)"], ids=["killed", "exit", "crash"]
)
def test_a_child_that_dies_stops_the_run(tmp_path, act):
    (tmp_path / "mine.py").write_text(f"import ctypes, os\n{CODE}\n    def build(self, shape):\n        {act}\n")
    (tmp_path / "spec.yaml").write_text(
        SICK.replace("data:", "imports: [./mine.py]\ndata:").replace("[Fl", "[Same, Fl")
    )
    reporter = reporting()
    with raises(TrainingError):
        kpipe.load(tmp_path / "spec.yaml").run(tmp_path / "out", check=True, reporter=reporter)
    assert ("mine.py" in reporter.messages.getvalue()) == ("string_at" in act)
    assert not (tmp_path / "out").exists()


def test_a_run_that_continues_is_not_checked(tmp_path):
    overrides = {"train.epochs": 2}
    pipeline = kpipe.load(SICK, overrides)
    pipeline.run(tmp_path / "run", control=RunControl(pause_after=1))
    reporter = reporting()
    pipeline.run(tmp_path / "run", resume=True, check=True, reporter=reporter)
    expect_message(reporter.messages.getvalue().splitlines()[0])
    assert not (tmp_path / "run" / "check.json").exists()


def test_a_folder_that_cannot_be_used_is_refused_before_the_check(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    for resume in (False, True):
        with raises(DataError):
            check_before_run(kpipe.load(SICK).spec, tmp_path / "other", reporting(), resume=resume)


@pytest.mark.parametrize("arguments", [{"budget": 10}, {"check": True, "budget": 0}], ids=["unused", "zero"])
def test_a_budget_is_for_a_check_and_positive(arguments):
    with raises(ArgumentError):
        kpipe.load(SICK).run(**arguments)


def test_folds_are_checked_once(tmp_path):
    spec = {
        "name": "folds",
        "data": {"source": "Digits", "folds": 2, "prepare": ["Standardize"]},
        "model": ["Flatten", {"Dense": {"units": "=classes"}}],
        "train": {"epochs": 1},
        "checks": {"ignore": ["E109"]},
    }
    reporter = reporting()
    kpipe.load(spec).run(tmp_path / "run", check=True, budget=1e-6, reporter=reporter)
    assert [str(file.relative_to(tmp_path)) for file in sorted(tmp_path.rglob("check.json"))] == ["run/check.json"]
    assert reporter.messages.getvalue().count("this is fold 1 of 2") == 1
    assert (tmp_path / "run" / "log.txt").read_text().startswith("probe")
    again = reporting()
    kpipe.load(spec).run(tmp_path / "run", resume=True, check=True, reporter=again)
    assert "is resumed" in again.messages.getvalue()


def test_the_command_reads_standard_input_once_and_ends_with_1(tmp_path):
    command = [sys.executable, "-m", "kpipe", "run", "-", "--check", "--quiet", "--output", "out"]
    more = ["--set-env", "train.epochs=EPOCHS"]
    done = warm_process.run(
        [*command, *more],
        cwd=tmp_path,
        input=SICK,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EPOCHS": "3"},
    )
    assert done.returncode == 1, done.stderr
    # TensorFlow was loaded before the command, without its setting that hides messages of abandoned datasets.
    expect_message("".join(line for line in done.stderr.splitlines(True) if not line.startswith("W0000")))
    assert done.stdout.startswith("probe")
    assert "E102 train.regularize (<stdin>:4:32): " in done.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["runs"]


def test_an_interrupt_ends_the_check_and_leaves_nothing(tmp_path):
    (tmp_path / "spec.yaml").write_text(SICK)
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kpipe.cli import main; main()"
    command = [sys.executable, "-c", code, "run", "spec.yaml", "--check"]
    process = warm_process.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    children = []
    for line in process.stderr:
        if line.startswith("checking: "):
            tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
            children = [int(number) for file in tasks for number in file.read_text().split()]
            process.send_signal(signal.SIGINT)
            break
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    assert not re.search("Traceback", errors)
    assert children
    assert not left(children)
    assert [file.name for file in tmp_path.iterdir()] == ["spec.yaml"]
