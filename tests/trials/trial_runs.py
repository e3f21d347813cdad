"""What the tests of trials share: a small spec, custom code that misbehaves, and waiting for the end of trials."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kill_and_resume import arrays

from kpipe.errors import DataError
from kpipe.train.run_folder.run_lock import locked
from kpipe.trials.event import Ended, EpochEnded, Event
from kpipe.trials.executor import Executor
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial

#: No test waits longer than this for an event.
PATIENCE = 300
AUGMENTED = {"data.augment": [{"HorizontalFlip": {"p": 0.5}}]}
SPEC = """\
name: small
seed: 3
imports: [./code.py]
vars: {width: 8, act: none}
data: {source: Digits, test: 0.2, batch_size: 128, prepare: [{Rescale: {scale: 0.0625}}, {Center: {per: pixel}}]}
model: [Flatten, Dense: {units: =width, activation: relu}, Dropout: {rate: 0.2}, Dense: {units: =classes}]
train:
  epochs: 4
  optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}
  callbacks: [Act: {what: =act}]
"""
CODE = '''\
import ctypes, json, os, signal, subprocess, sys, time
from pathlib import Path
import keras


class Act(keras.callbacks.Callback):
    """Does something in the second epoch."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1 and self.what != "none":
            getattr(self, "_" + self.what)()

    def _folder(self):
        """The run folder, in which the standard output of a trial is."""
        return Path(os.readlink("/proc/self/fd/1")).parent

    def _die(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _crash(self):
        ctypes.string_at(0)

    def _leave(self):
        os._exit(3)

    def _fail(self):
        raise RuntimeError("the callback failed")

    def _hang(self):
        (self._folder() / "hangs").touch()
        while True:
            time.sleep(0.01)

    def _stay(self):
        """Stays in this step until the process is interrupted, with a process that knows nothing of its parent."""
        if (self._folder() / "stayed").exists():
            return
        (self._folder() / "stayed").touch()
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        while signal.getsignal(signal.SIGINT) != signal.SIG_DFL:
            time.sleep(0.01)

    def _tell(self):
        from tensorflow import config
        from kpipe.data.cores import cores

        threading = config.threading
        (self._folder() / "facts.json").write_text(json.dumps({
            "cores": cores(),
            "threads": [threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads()],
            "intra": sum(name.read_text().startswith("tf_Compute") for name in Path("/proc/self/task").glob("*/comm")),
            "session": os.getsid(0) == os.getpid(),
            "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        }))
'''


def written(folder: Path, text: str = SPEC) -> Path:
    """A spec with its custom code in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "code.py").write_text(CODE)
    (folder / "spec.yaml").write_text(text)
    return folder / "spec.yaml"


def run(executor: Executor, *trials: Trial) -> dict[str, list[Event]]:
    """Run trials to their end, and return the events of each."""
    for trial in trials:
        executor.submit(trial)
    found: dict[str, list[Event]] = {trial.id: [] for trial in trials}
    missing = set(found)
    while missing:
        events = executor.wait(PATIENCE)
        assert events, "nothing has happened for minutes"
        for event in events:
            found[event.id].append(event)
            missing -= {event.id} if isinstance(event, Ended) else set()
    return found


def outcome(events: list[Event]) -> Outcome:
    """The outcome of a trial, which is its last event and occurs once."""
    *others, last = events
    assert isinstance(last, Ended)
    assert all(isinstance(event, EpochEnded) for event in others)
    return last.outcome


def epochs(events: list[Event]) -> list[int]:
    return [event.epoch for event in events if isinstance(event, EpochEnded)]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_free(folder: Path) -> bool:
    """Whether no process uses a run folder; a killed one does until the last of its threads has ended."""
    try:
        with locked(folder):
            return True
    except DataError:
        return False


def processes(pid: int) -> set[int]:
    """A process and all that have been started by it, also in sessions of their own."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, new = {pid}, {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def content(folder: Path) -> dict[str, Any]:
    """All that must be equal in the folders of equal runs."""
    with (folder / "history.csv").open(newline="") as file:
        history = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    result = json.loads((folder / "result.json").read_text())
    for verdict in result.get("verdicts", ()):
        # The spec of a trial or a fold was read from another folder.
        verdict.pop("place")
    result = {key: value for key, value in result.items() if key not in ("seconds", "started")}
    return {"history": history, "result": result, "weights": arrays(folder / "model.keras")}


def staying(spec, folder):
    """A trial that stays in its second epoch until it is interrupted, with a data process and another one of its own."""
    return Trial(
        id=folder.name,
        spec=spec,
        folder=folder,
        overrides={**AUGMENTED, "vars.act": "stay", "data.workers": 1},
        resume=True,
    )


def start_both(executor, spec, folder):
    """Two trials that stay, as process ids by their ids."""
    trials = [staying(spec, folder / name) for name in ("one", "other")]
    for trial in trials:
        executor.submit(trial)
    waiting = {trial.id for trial in trials}
    while waiting:
        events = executor.wait(PATIENCE)
        assert events
        assert all(isinstance(event, EpochEnded) for event in events), events
        waiting -= {event.id for event in events}
    leaders = [pid for pid in processes(executor._server.pid) if os.getsid(pid) == pid]
    found = {Path(f"/proc/{pid}/fd/1").readlink().parent.name: pid for pid in leaders}
    wait_until(lambda: all(len(processes(pid)) == 3 for pid in found.values()))
    return found
