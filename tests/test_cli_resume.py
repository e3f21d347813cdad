"""`kpipe run --resume`: what interrupts, faults and mistakes leave, and the messages."""

import csv
import errno
import gc
import io
import json
import os
import shutil
import signal
import sys
import warnings
import zipfile
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest
import warm_process
from typer.testing import CliRunner

from kpipe.cli import app
from kpipe.components.quiet_import import import_keras

import_keras()
# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

OWN = '''
import os
import signal
import sys
import time

import keras


class Meet(keras.callbacks.Callback):
    """At one step of one epoch does what the environment says; waits there for others, not for a clock."""

    def get_state(self):
        return {}

    def set_state(self, state):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        epoch, _, what = os.environ.get("MEET", "0 ").partition(" ")
        if self.epoch != int(epoch) or batch != 2:
            return
        if what == "terminate":
            signal.raise_signal(signal.SIGTERM)
        elif what == "kill":
            raise SystemExit("killed")
        else:
            print("here", file=sys.stderr, flush=True)
            while signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
                time.sleep(0.01)
            if what == "long":
                sum(range(1 << 50))  # a long operation in C, which no handler of Python's interrupts
'''
SPEC = """
name: small
seed: 3
imports: [./own.py]
data: {source: {Arrays: {x: x.npy, y: y.npy}}, test: 0.2, validation: 0.2, batch_size: 16}
model:
  - Dense: {units: 8, activation: relu}
  - Dropout: {rate: 0.2}
  - Dense: {units: =classes}
train:
  epochs: 4
  optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}
  validate: {every_steps: 3}
  checkpoint: {every_steps: 2}
  callbacks:
    - CSVLogger: {filename: log.csv}
    - ModelCheckpoint: {filepath: best.keras, monitor: val_loss, save_best_only: true}
    - EarlyStopping: {monitor: val_loss, patience: 9}
    - Meet: {}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the spec, its code and its data, and an uninterrupted run in `whole`."""
    import numpy as np

    base = tmp_path_factory.mktemp("resume")
    generator = np.random.default_rng(0)
    x = generator.normal(size=(100, 4)).astype("float32")
    np.save(base / "x.npy", x)
    np.save(base / "y.npy", (x[:, 0] > 0).astype(int) + (x[:, 1] > 0))
    (base / "small.yaml").write_text(SPEC)
    (base / "own.py").write_text(OWN)
    result = run(base, "whole")
    assert result.exit_code == 0, result.output
    return base


def run(base, output, *more, meet: str | None = None):
    arguments = ["run", base / "small.yaml", "--output", base / output, *more]
    return invoked(arguments, {"MEET": meet} if meet is not None else {})


def invoked(arguments, environment=None):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=environment)
    if result.exit_code:
        # Files that callbacks have open are closed with the end of a process; here that is now.
        result.exc_info = result.exception = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return result


def resume(base, output, *more, meet: str | None = None):
    return run(base, output, "--resume", *more, meet=meet)


def broken(base, output):
    """A run that was terminated after the third step of its third epoch."""
    result = run(base, output, meet="3 terminate")
    assert result.exit_code == 130, result.output
    return result


@pytest.fixture(scope="module")
def copied(place):
    """Copies such a run into a new folder: another one would be equal."""
    broken(place, "original")
    return lambda output: shutil.copytree(place / "original", place / output)


def outcome(folder: Path) -> dict:
    found = {}
    for name in ("history.csv", "validations.csv", "steps.csv", "measurements.csv", "evidence.json", "log.csv"):
        # A run with few steps in an epoch has no measurements of its first epochs.
        lines = (folder / name).read_text().splitlines() if (folder / name).exists() else []
        found[name] = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(lines)]
    result = json.loads((folder / "result.json").read_text())
    for verdict in result.get("verdicts", ()):
        # The spec was read from another folder.
        verdict.pop("place")
    found["result.json"] = {name: value for name, value in result.items() if name not in ("seconds", "started")}
    for name in ("model.keras", "best.keras"):
        found[name] = arrays(folder / name)
    return found


def arrays(model: Path) -> dict[str, bytes]:
    import h5py

    found = {}

    def add(name, entry):
        if isinstance(entry, h5py.Dataset):
            found[name] = entry[()].tobytes()

    with zipfile.ZipFile(model) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(add)
    return found


def finishes(base, output, *more):
    """Goes on to the end, and is the uninterrupted run then."""
    result = resume(base, output, *more)
    assert result.exit_code == 0, result.output
    found, expected = outcome(base / output), outcome(base / "whole")
    for name in expected:
        assert found[name] == expected[name], name
    return result


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the log, which grows."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "log.txt"
    }


def one_message(result, *parts: str, code: int = 2) -> None:
    """A refusal: its exit code, and its parts, once and without a traceback."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    for part in parts:
        assert result.stderr.count(part) == 1, result.stderr


def test_a_terminated_run_prints_how_to_resume_and_matches_an_uninterrupted_run(place):
    result = broken(place, "terminated")
    folder = place / "terminated"
    assert "interrupted: " in result.stderr
    assert f"resume with: kpipe run {folder / 'spec.yaml'} --output {folder} --resume" in result.stderr
    assert json.loads((folder / "result.json").read_text())["status"] == "interrupted"
    assert max((folder / "checkpoint").iterdir()).name == "000002-000000003.checkpoint"
    result = finishes(place, "terminated")
    assert "continues after step 3 of epoch 3" in result.stderr
    assert "bit-identical" not in result.stderr


def test_each_start_is_recorded_also_that_of_a_killed_run(place, monkeypatch):
    folder = place / "recorded"
    for code, more in ((1, ["--set", "seed=3"]), (1, ["--resume"]), (0, ["--resume"])):
        command = ["kpipe", "run", "small.yaml", *more]
        monkeypatch.setattr(sys, "argv", command)
        # What is raised in its place has the run end as a kill does: it writes nothing.
        meet = None if not code else f"{2 if '--set' in more else 3} kill"
        assert bool(run(place, "recorded", *more, meet=meet).exit_code) == bool(code)
        assert (folder / "result.json").exists() == (code == 0)
        stored = json.loads((folder / "started.json").read_text())["started"]
        assert stored[-1]["command"] == " ".join(command)
    assert [entry["overrides"] for entry in stored] == [["seed=3"], [], []]
    assert json.loads((folder / "result.json").read_text())["started"] == stored
    assert [bool(entry["notices"]) for entry in stored] == [True] * 3
    assert any("continues after step 2 of epoch" in notice for notice in stored[1]["notices"])
    assert outcome(folder)["result.json"] == outcome(place / "whole")["result.json"]


def test_the_printed_command_resumes_the_run(place):
    import shlex

    said = broken(place, "with a space's name").stderr
    (command,) = [line for line in said.splitlines() if line.startswith("resume with: ")]
    arguments = shlex.split(command.removeprefix("resume with: kpipe "))
    result = invoked(arguments)
    assert result.exit_code == 0, result.output
    assert outcome(place / "with a space's name") == outcome(place / "whole")


def test_an_interrupted_run_may_be_interrupted_again_and_grow(place):
    assert run(place, "again", "--set", "train.epochs=2", meet="1 terminate").exit_code == 130
    assert resume(place, "again", "--set", "train.epochs=3", meet="2 terminate").exit_code == 130
    assert resume(place, "again", "--set", "train.epochs=3").exit_code == 0
    finishes(place, "again")


def test_a_finished_run_reports_it_and_is_not_touched(place):
    before = contents(place / "whole")
    result = resume(place, "whole")
    assert result.exit_code == 0, result.output
    assert (
        f"{place / 'whole'}: already finished (completed after 4 epochs); there is nothing to resume" in result.stderr
    )
    assert contents(place / "whole") == before


def test_where_nothing_has_begun_the_run_begins(place):
    finishes(place, "new")
    (place / "empty").mkdir()
    result = finishes(place, "empty")
    assert "no checkpoint was saved" in result.stderr


def test_a_run_that_ended_before_its_first_state_begins_again(place):
    folder = place / "early"
    folder.mkdir()
    (folder / "log.txt").write_text("ran the code of own.py\n")
    finishes(place, "early")


def test_resume_needs_an_output():
    result = CliRunner().invoke(app, ["run", "kpipe:iris", "--resume"])
    assert result.exit_code == 2
    assert "--resume requires the run folder; add --output DIR" in result.stderr


def test_a_folder_that_is_not_a_run_is_refused_and_not_touched(place):
    folder = place / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_text("a picture")
    one_message(resume(place, "photos"), f"--output {folder}: this is not the folder of a run")
    assert list(folder.iterdir()) == [folder / "a.jpg"]
    one_message(resume(place, "photos/a.jpg"), "a.jpg")
    assert (folder / "a.jpg").read_text() == "a picture"


def test_a_changed_spec_is_refused_with_the_differences(place, copied):
    copied("changed")
    before = contents(place / "changed")
    result = resume(place, "changed", "--set", "train.optimizer.SGD.learning_rate=0.2", "--set", "train.epochs=3")
    one_message(
        result,
        "with --resume only train.epochs may grow",
        "    train.optimizer.SGD.learning_rate: 0.1 -> 0.2\n",
        "    train.epochs: 4 -> 3\n",
    )
    (place / "own.py").write_text(OWN + "\n# changed\n")
    try:
        one_message(resume(place, "changed"), "    imports/own.py: the code has changed\n")
    finally:
        (place / "own.py").write_text(OWN)
    assert contents(place / "changed") == before
    finishes(place, "changed")


def test_changed_data_is_refused(place, copied):
    import numpy as np

    copied("data")
    before = contents(place / "data")
    kept = {name: (place / name).read_bytes() for name in ("x.npy", "y.npy")}
    try:
        for name in kept:
            np.save(place / name, np.load(place / name)[:-10])
        one_message(resume(place, "data"), "the data differ from those of the earlier start, which ")
    finally:
        for name, content in kept.items():
            (place / name).write_bytes(content)
    assert contents(place / "data") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("units: 8", "units: 9"), ("- Dropout", "- PReLU\n- Dropout"), ("momentum: 0.9", "momentum: 0.0")],
    ids=["units", "layer", "optimizer"],
)
def test_a_model_that_has_changed_in_the_folder_too_is_refused(place, copied, old, new):
    """Somebody has changed the folder's spec by hand, so that the specs are equal."""
    name = f"grown {old}"
    copied(name)
    spec = place / name / "spec.yaml"
    text = spec.read_text()
    indent = text[: text.index(old.split(":")[0])].rpartition("\n")[2]
    changed = text.replace(old, new.replace("\n", "\n" + indent))
    assert changed != text
    spec.write_text(changed)
    before = contents(place / name)
    result = invoked(["run", spec, "--output", place / name, "--resume"])
    one_message(result, "the checkpoint belongs to another model: expected ")
    after = contents(place / name)
    for kept in ("history.csv", "model.keras", "best.keras", "log.csv", *(n for n in before if "checkpoint" in n)):
        assert after[kept] == before[kept], kept
    spec.write_text(text)
    finishes(place, name)


def test_a_truncated_state_is_reported_and_the_one_before_is_used(place, copied):
    copied("truncated")
    newest = max((place / "truncated" / "checkpoint").iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    result = finishes(place, "truncated")
    assert f"{newest} is damaged: its checksum differs; the previous checkpoint is used" in result.stderr
    assert "continues after step 2 of epoch 3" in result.stderr


def test_where_all_states_are_truncated_nothing_is_lost(place, copied):
    copied("all truncated")
    for path in (place / "all truncated" / "checkpoint").iterdir():
        path.write_bytes(path.read_bytes()[:50])
    before = contents(place / "all truncated")
    one_message(resume(place, "all truncated"), "no checkpoint is left to resume from; start again in another folder")
    assert contents(place / "all truncated") == before


def test_a_folder_that_was_moved_continues_where_it_is(place, copied):
    copied("moved")
    (place / "elsewhere").mkdir()
    (place / "moved").rename(place / "elsewhere" / "run")
    finishes(place, "elsewhere/run")
    assert not (place / "moved").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_is_full_or_read_only_within_the_training(place, monkeypatch, number):
    from kpipe.train.resume.checkpoints import Checkpoints

    name = f"disk {number}"
    write = Checkpoints.write

    def failing(self, position, *arguments):
        if (position.epoch, position.step) == (2, 2):
            monkeypatch.setattr("kpipe.atomic.tempfile.mkstemp", no_space)
        return write(self, position, *arguments)

    def no_space(**arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Checkpoints, "write", failing)
    result = run(place, name)
    monkeypatch.undo()
    one_message(result, "000002-000000002.checkpoint cannot be written: ", "continue with --resume", code=1)
    assert len(list((place / name / "checkpoint").iterdir())) == 2
    finishes(place, name)


def test_a_folder_that_cannot_be_written_to_is_reported(place, copied, monkeypatch):
    copied("read only")
    before = contents(place / "read only")

    def refused(path, *arguments, **options):
        if path.name == "log.txt":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, *arguments, **options)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refused)
    one_message(resume(place, "read only"), "cannot be written: Read-only file system", code=1)
    monkeypatch.undo()
    assert contents(place / "read only") == before
    finishes(place, "read only")


@pytest.fixture
def started(place):
    """Starts `kpipe run` in a process of its own; it is ended with the test in any case."""
    processes = []

    def start(output, meet, *more) -> warm_process.Popen:
        # A shell's background jobs ignore SIGINT, and a child inherits that.
        code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kpipe.cli import main; main()"
        arguments = ["run", str(place / "small.yaml"), "--output", str(place / output), *more]
        process = warm_process.Popen(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "MEET": meet},
            stdout=DEVNULL,
            stderr=PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def until(process, text: str) -> None:
    assert any(text in line for line in process.stderr), f"it ended without saying {text!r}"


def test_a_folder_belongs_to_one_process_and_the_first_interrupt_saves(place, started):
    process = started("first", "2 wait")
    until(process, "here")
    before = contents(place / "first")
    one_message(
        resume(place, "first"), f"{place / 'first'} is in use by another process; wait until it ends, or stop it"
    )
    one_message(run(place, "first"), "the folder is not empty, and a run is never overwritten")
    assert contents(place / "first") == before

    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait() == 130, said
    assert "interrupted: the run finishes this step and saves its state; interrupt again to end at once" in said
    assert f"resume with: kpipe run {place / 'first' / 'spec.yaml'} --output {place / 'first'} --resume" in said
    assert "Traceback" not in said
    assert max((place / "first" / "checkpoint").iterdir()).name == "000001-000000003.checkpoint"
    finishes(place, "first")


def test_the_second_interrupt_leaves_at_once_and_the_state_before_continues(place, started):
    shutil.rmtree(place / "second", ignore_errors=True)
    process = started("second", "2 long")
    until(process, "here")
    process.send_signal(signal.SIGTERM)
    until(process, "interrupted: the run finishes this step and saves its state")
    process.send_signal(signal.SIGINT)
    assert process.wait() in (-signal.SIGINT, 130)
    # The step was not finished.
    assert max((place / "second" / "checkpoint").iterdir()).name == "000001-000000002.checkpoint"
    assert not (place / "second" / "result.json").exists()
    result = finishes(place, "second")
    assert "continues after step 2 of epoch 2" in result.stderr
