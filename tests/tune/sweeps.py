"""Sweeps of formulas."""

import math
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from kpipe.checks.checked_spec import checked
from kpipe.tune.journal import Journal
from kpipe.tune.run_stages import run_stages
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_plan import SweepPlan
from tune.analytic_executor import AnalyticExecutor

SPACE = """\
    train.optimizer.learning_rate: {Log: [1e-4, 1]}
    data.batch_size: {Choice: [32, 64, 128]}
"""
SPEC = """\
name: toy
data: {{source: Digits{data}}}
model: [Flatten, {{Dense: {{units: 10}}}}]
train: {{epochs: {epochs}, optimizer: SGD, metrics: [{{SparseCategoricalAccuracy: {{name: score}}}}]}}
tune:
  objective: {{monitor: {monitor}, mode: max}}
  space:
{space}{tune}
"""


def hill(overrides, epoch):
    """Best at a learning rate of 0.01, which explodes above 0.1; grows with the epochs."""
    rate = overrides["train.optimizer.learning_rate"]
    if rate > 0.1:
        return None
    return 1 - abs(math.log10(rate) + 2) / 4 - 0.1 / epoch - overrides["data.batch_size"] / 1e4


@cache
def plan_of(tune, epochs, space=SPACE, monitor="val_score", data=""):
    """The plan of a spec, which is checked once for all sweeps with it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spec.yaml"
        file.write_text(SPEC.format(tune=tune, epochs=epochs, space=space, monitor=monitor, data=data))
        return Plan.of(checked(file))


class Plan(SweepPlan):
    """A plan whose trials are formulas, so that their specs are not checked one by one."""

    def problem(self, file, overrides):
        return None


@dataclass
class Case:
    """A sweep in a folder, which can be started several times."""

    folder: object
    tune: str = "  oracle: {RandomSearch: {trials: 6}}"
    epochs: int = 3
    workers: int = 1
    formula: object = hill
    space: str = SPACE
    monitor: str = "val_score"
    data: str = ""
    said: list = field(default_factory=list)
    executors: list = field(default_factory=list)

    def start(self, journal=Journal):
        plan = plan_of(self.tune, self.epochs, self.space, self.monitor, self.data)
        executor = AnalyticExecutor(self.formula, self.epochs, self.workers)
        self.executors.append(executor)
        with journal(self.folder / "journal.jsonl") as events:
            sweep = Sweep(
                plan=plan,
                folder=self.folder,
                journal=events,
                executor=executor,
                say=self.said.append,
                trial_ended=lambda trial: None,
            )
            self.sweep = sweep
            run_stages(sweep)
        return sweep

    @property
    def computed(self):
        return [entry for executor in self.executors for entry in executor.computed]


def shown(sweep):
    return [
        (trial.number, trial.stage, dict(trial.values), trial.status, trial.scores, trial.epochs)
        for trial in sweep.trials
    ]
