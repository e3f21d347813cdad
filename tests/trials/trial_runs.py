"""What the tests of trials share: a small spec, custom code that misbehaves, and waiting for the end of trials."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from kill_and_resume import arrays

from kpipe.trials.event import Ended, EpochEnded, Event
from kpipe.trials.executor import Executor
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial

#: No test waits longer than this for an event.
PATIENCE = 300
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
import ctypes, json, os, signal, subprocess, sys, threading, time
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

    def _die(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _crash(self):
        ctypes.string_at(0)

    def _leave(self):
        os._exit(3)

    def _fail(self):
        raise RuntimeError("the callback failed")

    def _hang(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        Path("hangs").touch()
        time.sleep(600)

    def _stay(self):
        Path("stays").touch()
        while True:
            time.sleep(0.01)
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


def content(folder: Path) -> dict[str, Any]:
    """All that must be equal in the folders of equal runs."""
    with (folder / "history.csv").open(newline="") as file:
        history = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    result = {key: value for key, value in json.loads((folder / "result.json").read_text()).items() if key != "seconds"}
    return {"history": history, "result": result, "weights": arrays(folder / "model.keras")}
