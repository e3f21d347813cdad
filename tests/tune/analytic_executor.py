"""An executor whose runs are formulas instead of trainings, in the folders that runs have."""

import json
from collections import deque

from kpipe.trials.event import Ended, EpochEnded
from kpipe.trials.executor import Executor
from kpipe.trials.outcome import Outcome


class Killed(BaseException):
    """Stands for the end of the process at this place."""


class AnalyticExecutor(Executor):
    """Runs a formula for each epoch, and counts the epochs that each folder has computed.

    Args:
        formula: returns the metric after an epoch, from the overrides and the number of the epoch; None for an
            explosion.
        epochs: the number of epochs without `train.epochs`.
        workers: the number of trials at the same time; the newest one proceeds first, one epoch per `wait`.
    """

    def __init__(self, formula, epochs=3, workers=1):
        self.formula, self.epochs, self.workers = formula, epochs, workers
        self.running, self.queue, self.proceeds = [], deque(), {}
        self.computed, self.reported = [], set()

    @property
    def free(self):
        return self.workers - len(self.running) - len(self.queue)

    def submit(self, trial):
        self.reported.discard(trial.id)
        self.queue.append(trial)
        self._fill()

    def answer(self, trial_id, proceed):
        self.proceeds[trial_id] = proceed

    def cancel(self, trial_id):
        raise NotImplementedError

    def interrupt(self):
        raise NotImplementedError

    def close(self):
        self.running.clear()

    def wait(self, timeout=None):
        trial = self.running[-1]
        rows = self._rows(trial)
        total = trial.overrides.get("train.epochs", self.epochs)
        if trial.id not in self.reported and rows and rows[-1] is not None:
            # A run that continues reports the epoch at which it was saved.
            self.reported.add(trial.id)
            return [EpochEnded(trial.id, len(rows), {"loss": 1.0, "val_score": rows[-1]})]
        self.reported.add(trial.id)
        if self.proceeds.pop(trial.id, True) is False:
            return [self._end(trial, rows, "pruned")]
        if rows and rows[-1] is None:
            return [self._end(trial, rows, "exploded")]
        if len(rows) >= total:
            return [self._end(trial, rows, "completed")]
        if trial.pause_after is not None and len(rows) >= trial.pause_after:
            return [self._end(trial, rows, "paused")]
        value = self.formula(trial.overrides, len(rows) + 1)
        self.computed.append((trial.folder.relative_to(trial.folder.parents[1]).as_posix(), len(rows) + 1))
        self._write(trial, [*rows, value])
        if value is None:
            return []
        return [EpochEnded(trial.id, len(rows) + 1, {"loss": 1.0, "val_score": value})]

    def _fill(self):
        while self.queue and len(self.running) < self.workers:
            self.running.append(self.queue.popleft())

    def _rows(self, trial):
        file = trial.folder / "rows.json"
        return json.loads(file.read_text()) if file.exists() else []

    def _write(self, trial, rows):
        trial.folder.mkdir(parents=True, exist_ok=True)
        (trial.folder / "rows.json").write_text(json.dumps(rows))
        (trial.folder / "spec.yaml").write_text("name: toy\n")
        lines = [f"{number},{'' if value is None else value!r}" for number, value in enumerate(rows, start=1)]
        (trial.folder / "history.csv").write_text("\n".join(["epoch,val_score", *lines, ""]))

    def _end(self, trial, rows, status):
        self.running.remove(trial)
        self._fill()
        known = [number for number, value in enumerate(rows, start=1) if value is not None]
        best = max(known, key=lambda number: rows[number - 1], default=None)
        reason = "the loss was 1e9" if status == "exploded" else None
        result = {"status": status, "best_epoch": best, "epochs": len(rows)}
        return Ended(Outcome(id=trial.id, status=status, result=result, reason=reason, seconds=1.0))
