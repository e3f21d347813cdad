"""One stage of a sweep: its proposals, and the runs that have not ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import DataError
from kpipe.space.search_space import SearchSpace
from kpipe.trials.event import Ended, EpochEnded
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial
from kpipe.tune.proposal import Proposal
from kpipe.tune.proposer import Proposer
from kpipe.tune.score import unknown_monitor
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_files import SweepFile
from kpipe.tune.sweep_plan import Execution, Stage
from kpipe.tune.sweep_trial import SweepTrial


@dataclass
class _Running:
    """A proposal whose runs have not all ended.

    Args:
        proposal: the proposal.
        trial: its trial.
        left: the runs that have not ended, by their ids.
        ended: the outcomes of the others.
    """

    proposal: Proposal
    trial: SweepTrial
    left: dict[str, Execution]
    ended: dict[str, Outcome] = field(default_factory=dict)


class SweepStage:
    """One stage of a sweep.

    Each proposal and each score is in the journal before it has an effect. To continue a sweep, the events of the
    journal are repeated with a new oracle, and runs that have not ended continue from their own states.

    Args:
        sweep: the sweep.
        number: the number of the stage, from 1.
        stage: its oracle and its length.
        space: its search space.
    """

    def __init__(self, sweep: Sweep, number: int, stage: Stage, space: SearchSpace) -> None:
        self._sweep, self._plan, self._number, self._stage, self._space = sweep, sweep.plan, number, stage, space
        self._proposer = Proposer(
            stage.oracle,
            space,
            seed=(sweep.plan.spec.seed, number),
            mode=sweep.plan.mode,
            trials=stage.trials,
            epochs=stage.epochs,
        )
        self._trials: dict[int, SweepTrial] = {}
        self._running: dict[int, _Running] = {}
        self._has_more = True

    def run(self) -> None:
        """Repeat the events of the journal, and run the trials that are left.

        Raises:
            DataError: the runs do not have the monitored metric, or the journal belongs to another sweep.
            TrainingError: too many trials failed one after another, or the journal cannot be written.
        """
        self._replay()
        for running in [*self._running.values()]:
            self._submit(running)
        while True:
            while self._has_more and self._sweep.executor.free > 0 and self._ask():
                pass
            if not self._running:
                return
            for event in self._sweep.executor.wait():
                if isinstance(event, EpochEnded):
                    self._epoch_ended(event)
                else:
                    self._run_ended(event)

    def _replay(self) -> None:
        events = self._sweep.replayed
        while events and events[0].get("stage") in (self._number, None):
            event = events.pop(0)
            if event["event"] == "ask":
                self._replay_ask(event)
            elif event["event"] == "tell":
                self._finish(self._running.pop(event["proposal"]), event)
            else:
                self._sweep.forgive()

    def _replay_ask(self, event: Mapping[str, Any]) -> None:
        proposal = self._proposer.ask()
        if not isinstance(proposal, Proposal) or proposal.id != event["proposal"]:
            raise DataError(
                f"{self._sweep.folder / SweepFile.JOURNAL}: the oracle has no proposal {event['proposal']} in stage "
                f"{self._number}, so that the journal belongs to another sweep; begin a new one in another folder"
            )
        if dict(proposal.values) != event["values"]:
            self._sweep.say(
                f"trial {event['trial']}: the oracle now proposes {self._plan.text(proposal.values)}; the sweep "
                f"continues with the values of its journal, {self._plan.text(event['values'])}"
            )
            self._proposer.force(proposal, event["values"])
        self._enter(Proposal(proposal.id, event["values"], event["epochs"], event["parent"]))

    def _ask(self) -> bool:
        """Ask for the next proposal and start it; return whether there was one."""
        proposal = self._proposer.ask()
        if not isinstance(proposal, Proposal):
            self._has_more = proposal is not None
            return False
        event = {
            "event": "ask",
            "stage": self._number,
            "proposal": proposal.id,
            "trial": self._number_of(proposal),
            "values": dict(proposal.values),
            "parent": proposal.parent,
            "epochs": proposal.epochs,
        }
        self._sweep.journal.append(event)
        self._submit(self._enter(proposal))
        return True

    def _number_of(self, proposal: Proposal) -> int:
        if proposal.parent is not None:
            return self._trials[proposal.parent].number
        return len(self._sweep.trials) + 1

    def _enter(self, proposal: Proposal) -> _Running:
        number = self._number_of(proposal)
        if proposal.parent is None:
            folder = self._sweep.folder / SweepFile.TRIALS / str(number)
            self._sweep.trials.append(SweepTrial(number, self._number, dict(proposal.values), folder))
        trial = self._trials[proposal.id] = self._sweep.trials[number - 1]
        runs = {run.id: run for run in self._plan.executions(trial)}
        running = self._running[proposal.id] = _Running(proposal, trial, runs)
        return running

    def _submit(self, running: _Running) -> None:
        trial, proposal = running.trial, running.proposal
        if trial.is_failed:
            # A trial that failed counts as the worst one, which can be among the best of few; it does not run again.
            self._tell(running)
            return
        overrides = self._plan.overrides(trial.values, self._space, self._stage)
        file = self._sweep.folder / SweepFile.TRIAL
        if problem := self._plan.problem(file, overrides):
            trial.status, trial.reason, trial.scores, trial.best_epochs = "refused", problem, [], []
            self._tell(running)
            return
        trial.status = "running"
        pauses = proposal.epochs is not None and proposal.epochs < self._stage.epochs
        for run in running.left.values():
            self._sweep.curves[run.id] = []
            self._sweep.executor.submit(
                Trial(
                    id=run.id,
                    spec=file,
                    overrides={**overrides, **run.overrides},
                    folder=run.folder,
                    resume=True,
                    pause_after=proposal.epochs if pauses else None,
                    asks=self._plan.pruner is not None,
                    origin=self._plan.spec.origin,
                )
            )

    def _epoch_ended(self, event: EpochEnded) -> None:
        monitor, pruner = self._plan.monitor, self._plan.pruner
        if monitor not in event.metrics and not (monitor.startswith("val_") and not _is_validated(event)):
            raise unknown_monitor(monitor, [*event.metrics], self._plan.spec.place("tune.objective"))
        values = self._sweep.curves[event.id]
        # A run that continues reports the epochs before again, or begins with the one at which it was saved.
        missing = [None] * (event.epoch - 1 - len(values))
        values[event.epoch - 1 :] = [*missing, event.metrics.get(monitor)]
        if pruner is not None:
            others = [
                [self._plan.gain(value) for value in curve]
                for name, curve in self._sweep.curves.items()
                if _trial_of(name) != _trial_of(event.id)
            ]
            ends = pruner.ends([self._plan.gain(value) for value in values], others)
            self._sweep.executor.answer(event.id, not ends)

    def _run_ended(self, event: Ended) -> None:
        running = next(entry for entry in self._running.values() if event.id in entry.left)
        if event.outcome.status == "interrupted":
            raise KeyboardInterrupt
        running.left.pop(event.id)
        running.ended[event.id] = event.outcome
        if not running.left:
            runs = self._plan.executions(running.trial)
            running.trial.evaluate([(run.folder, running.ended[run.id]) for run in runs], self._plan.monitor)
            self._tell(running)

    def _tell(self, running: _Running) -> None:
        trial = running.trial
        event = {
            "event": "tell",
            "stage": self._number,
            "proposal": running.proposal.id,
            "trial": trial.number,
            "told": trial.score if trial.score is not None else self._proposer.worst,
            **trial.result(),
        }
        self._sweep.journal.append(event)
        del self._running[running.proposal.id]
        self._finish(running, event)
        self._sweep.trial_ended(trial)
        self._sweep.end_after_failures()

    def _finish(self, running: _Running, event: Mapping[str, Any]) -> None:
        """Report a score of the journal to the oracle."""
        trial = running.trial
        trial.set_result(event)
        for run, curve in zip(self._plan.executions(trial), trial.curves, strict=False):
            self._sweep.curves[run.id] = curve
        self._proposer.tell(running.proposal.id, trial.score)
        self._sweep.count(trial)


def _trial_of(run: str) -> str:
    return run.partition("/")[0]


def _is_validated(event: EpochEnded) -> bool:
    return any(name.startswith("val_") for name in event.metrics)
