"""A sweep: its trials, its executor and its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpipe.errors import TrainingError
from kpipe.messages.counted import counted
from kpipe.space.narrow import union
from kpipe.space.search_space import SearchSpace, Value
from kpipe.trials.executor import Executor
from kpipe.tune.journal import Event, Journal
from kpipe.tune.sweep_files import SweepFile
from kpipe.tune.sweep_plan import SweepPlan
from kpipe.tune.sweep_trial import SweepTrial


@dataclass(kw_only=True)
class Sweep:
    """A sweep; `run_stages` runs it.

    Args:
        plan: what is searched and how.
        folder: the folder of the sweep.
        journal: its journal, which may have events of earlier starts.
        executor: runs the trials.
        say: receives messages.
        trial_ended: called after each trial that has ended.

    Attributes:
        trials: all trials in the order of their numbers.
        curves: by the id of each run, the score after each epoch; None for an epoch that was not validated.
        spaces: the space of each stage that has begun.
        replayed: the events of the journal that have not been repeated yet.
    """

    plan: SweepPlan
    folder: Path
    journal: Journal
    executor: Executor
    say: Callable[[str], None]
    trial_ended: Callable[[SweepTrial], None]
    trials: list[SweepTrial] = field(default_factory=list, init=False)
    curves: dict[str, list[float | None]] = field(default_factory=dict, init=False)
    spaces: list[SearchSpace] = field(default_factory=list, init=False)
    replayed: list[Event] = field(init=False)
    _failures: list[SweepTrial] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.replayed = [*self.journal.events]

    @property
    def best(self) -> SweepTrial | None:
        """The trial with the best score; None if no trial has one."""
        return next(iter(self.ranked()), None)

    def ranked(self, stage: int | None = None) -> list[SweepTrial]:
        """Return the trials that have a score and were not pruned, the best one first.

        A trial of Hyperband that continues has the score of its earlier rung.

        Args:
            stage: the number of a stage; None for all.
        """
        found = [
            trial for trial in self.trials if trial.scores and trial.status != "pruned" and stage in (None, trial.stage)
        ]
        return sorted(found, key=lambda trial: self.plan.loss(trial.score))

    @property
    def searched(self) -> SearchSpace:
        """The space with ranges that contain those of all stages."""
        return union(self.plan.space, self.spaces)

    def accepts(self, values: Mapping[str, Value]) -> bool:
        """Return whether the spec accepts the values of a trial, without its data."""
        return self.plan.problem(self.folder / SweepFile.TRIAL, self.plan.space.overrides(values)) is None

    def count(self, trial: SweepTrial) -> None:
        """Count a trial that has ended among those that failed one after another."""
        if trial.is_failed:
            self._failures.append(trial)
        else:
            self._failures.clear()

    def forgive(self) -> None:
        """Begin to count again, as after a resume of a sweep that has ended because of failures."""
        self._failures.clear()

    def end_after_failures(self) -> None:
        """End the sweep if too many trials failed one after another.

        Raises:
            TrainingError: they have; the message contains the reasons.
        """
        failures = self._failures
        if len(failures) < self.plan.tune.max_consecutive_failures:
            return
        self.journal.append({"event": "stop", "reason": "consecutive failures"})
        shown = "".join(f"\n    trial {trial.number}: {trial.reason or trial.status}" for trial in failures)
        raise TrainingError(
            f"{counted(len(failures), 'trial')} failed one after another (tune.max_consecutive_failures); "
            f"change the space or the spec:{shown}"
        )
