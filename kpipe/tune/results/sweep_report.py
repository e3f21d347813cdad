"""What a sweep reports: a line for each trial, tables of all trials, and the best spec."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from kpipe.messages.counted import counted
from kpipe.messages.reporter import Reporter
from kpipe.messages.shortened import shortened
from kpipe.messages.table import table
from kpipe.run_files import RunFile
from kpipe.space.search_space import Value
from kpipe.spec.reader import read
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.tune.journal import Event
from kpipe.tune.results.border_notices import border_notices
from kpipe.tune.results.choice_notice import choice_notice
from kpipe.tune.results.parameter_titles import parameter_titles
from kpipe.tune.results.size_notices import size_notices
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.results.time_left import time_left
from kpipe.tune.results.write_pictures import write_pictures
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_files import SweepFile
from kpipe.tune.sweep_plan import SweepPlan
from kpipe.tune.sweep_trial import SweepTrial

#: Most trials that the table at the end shows.
_MOST_SHOWN = 10


class SweepReport:
    """Reports the trials of a sweep and writes its tables.

    Args:
        plan: what is searched and how.
        folder: the folder of the sweep.
        reporter: receives messages and results.
        workers: number of trials that run at the same time, default 1.
    """

    def __init__(self, plan: SweepPlan, folder: RunFolder, reporter: Reporter, workers: int = 1) -> None:
        self._plan, self._folder, self._reporter = plan, folder, reporter
        self._titles = parameter_titles([parameter.name for parameter in plan.space.parameters])
        self._workers = workers
        self._best: int | None = None

    def begin(self, events: Sequence[Event]) -> None:
        """Report the size of the sweep, what decides about its scores, and how much of it is done."""
        total = self._plan.num_trials
        size = counted(total, "trial") if total is not None else "trials"
        goal = "largest" if self._plan.mode == "max" else "smallest"
        self._reporter.say(f"{size}, {goal} {self._plan.monitor}, in {self._folder.path}")
        for notice in (*size_notices(self._plan, self._workers), choice_notice(self._plan)):
            if notice:
                self._reporter.say(notice)
        if done := sum(event["event"] == "tell" for event in events):
            self._reporter.say(f"resuming after {counted(done, 'trial')}")

    def trial_ended(self, sweep: Sweep, trial: SweepTrial) -> None:
        """Report one trial, and write the tables."""
        best = sweep.best
        parts = [f"trial {trial.number}{self._of_total()}", self._values(trial), self._outcome(trial)]
        if best is not None and best is not trial:
            parts.append(f"best {best.score:.4g} of trial {best.number}")
        if left := time_left(sweep, self._workers):
            parts.append(f"{_duration(left)} left")
        self._reporter.say("  ".join(part for part in parts if part))
        self.write(sweep)

    def end(self, sweep: Sweep) -> None:
        """Draw the pictures, and print the best trials and notices about the borders of ranges."""
        self.write(sweep)
        ranked = sweep.ranked()
        if not ranked:
            return
        names = [parameter.name for parameter in self._plan.space.parameters]
        has_stages = len(self._plan.stages) > 1
        header = [
            "trial",
            *(["stage"] if has_stages else []),
            self._plan.monitor,
            *(self._titles[name] for name in names),
            "epochs",
        ]
        rows = [
            [
                str(trial.number),
                *([str(trial.stage)] if has_stages else []),
                _number(trial.score) + _spread(trial),
                *(_cell(trial.values.get(name)) for name in names),
                str(trial.epochs),
            ]
            for trial in ranked[:_MOST_SHOWN]
        ]
        self._reporter.show("\n".join(table(header, rows)))
        summary = SweepSummary.of(sweep)
        pictures = write_pictures(self._folder, summary)
        if summary.importance is not None:
            shares = [
                f"{self._titles[parameter.name]} {summary.importance[parameter.name]:.2f}"
                for parameter in summary.parameters
            ]
            measure = f"share of the variance of the ranks{summary.importance_note}"
            self._reporter.say(f"importance ({measure}): {', '.join(shares)}")
        for notice in self._borders(sweep):
            self._reporter.say(notice)
        if pruned := sum(trial.status == "pruned" for trial in sweep.trials):
            self._reporter.say(f"{counted(pruned, 'trial')} pruned: worse than others after the same epoch")
        if failed := sum(trial.is_failed for trial in sweep.trials):
            self._reporter.say(f"{counted(failed, 'trial')} failed; the reasons are in {SweepFile.TABLE}")
        self._reporter.say(f"pictures: {', '.join(pictures)}")
        self._reporter.say(f"the best spec is {self._folder / SweepFile.BEST}")

    def write(self, sweep: Sweep) -> None:
        """Write the table of all trials and the spec of the best one."""
        names = [parameter.name for parameter in self._plan.space.parameters]
        header = ["trial", "stage", "status", "score", "deviation", "best_epoch", "epochs", "seconds", *names, "reason"]
        rows = [
            [
                trial.number,
                trial.stage,
                trial.status,
                trial.score,
                trial.deviation,
                " ".join(map(str, trial.best_epochs)),
                trial.epochs,
                round(trial.seconds, 3),
                *(trial.values.get(name) for name in names),
                trial.reason,
            ]
            for trial in sweep.trials
        ]
        self._folder.write_csv(SweepFile.TABLE, header, rows)
        best = sweep.best
        if best is not None and best.number != self._best:
            self._folder.write_text(SweepFile.BEST, self._best_spec(best))
            self._best = best.number

    def _best_spec(self, trial: SweepTrial) -> str:
        """Return the spec of a trial; with folds, that of the cross-validation instead of its first fold."""
        runs = self._plan.executions(trial)
        file = runs[0].folder / RunFile.SPEC
        text = file.read_text(encoding="utf-8")
        if "data.fold" in runs[0].overrides:
            text = read(file, {"data.fold": None}).dump()
        mean = f", the mean of {len(runs)} runs" if len(runs) > 1 else ""
        title = f"Trial {trial.number} of the sweep {self._plan.spec.name}: {self._plan.monitor} {trial.score!r}{mean}"
        if "seed" in runs[0].overrides:
            folds = len(runs) // self._plan.tune.executions
            score = statistics.fmean(trial.scores[:folds])
            title += f"\n# This is its first execution, with seed {runs[0].overrides['seed']}: {score!r}"
        return f"# {title}\n{text}"

    def _of_total(self) -> str:
        total = self._plan.num_trials
        return "" if total is None else f"/{total}"

    def _outcome(self, trial: SweepTrial) -> str:
        if trial.score is None:
            # The remedies in a reason are for single runs; the table of all trials contains the whole reason.
            reason = (trial.reason or "").split("\n")[0].split("; ")[0]
            return f"{trial.status}: {reason}" if reason else trial.status
        epochs = counted(self._plan.stages[trial.stage - 1].epochs, "epoch")
        paused = f"paused after {trial.epochs} of {epochs}"
        ended = {"completed": "", "paused": f" ({paused})"}.get(trial.status, f" ({trial.status.replace('_', ' ')})")
        return f"{self._plan.monitor} {trial.score:.4g}{_spread(trial)}{ended}"

    def _values(self, trial: SweepTrial) -> str:
        return ", ".join(f"{self._titles[name]} {_cell(value)}" for name, value in trial.values.items())

    def _borders(self, sweep: Sweep) -> list[str]:
        """Return a notice for each value of the best trial that is at the border of its range."""
        best = sweep.best
        return [] if best is None else border_notices(sweep.searched, sweep.trials, best, sweep.accepts)


def _cell(value: Value | None) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else shortened(str(value))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if 0.001 <= abs(value) < 1000 else f"{value:.4g}"


def _spread(trial: SweepTrial) -> str:
    return "" if trial.deviation is None else f" +- {trial.deviation:.2g}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
