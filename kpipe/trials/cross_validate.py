"""Running a cross-validation in a new folder, or resuming it in the folder of an earlier start."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.stage_epochs import total_epochs
from kpipe.components.callback_outputs import callback_output
from kpipe.components.registry.registry import using
from kpipe.errors import DataError, TrainingError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.counted import counted
from kpipe.messages.metrics_text import metrics_text
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.spec.refusal import refusal
from kpipe.train.resume.earlier_spec import refuse_changed_spec
from kpipe.train.resume.resume_call import resume_call
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import write_spec
from kpipe.train.run_folder.starts import Starts
from kpipe.train.setup.check_dataset import check_dataset
from kpipe.train.setup.report_findings import report_findings
from kpipe.train.setup.split_data import split_data
from kpipe.trials.cross_validation import CrossValidation
from kpipe.trials.event import EpochEnded, Event
from kpipe.trials.fold_overrides import fold_overrides
from kpipe.trials.fold_result import FINISHED, fold_result
from kpipe.trials.fold_summary import fold_summary
from kpipe.trials.fold_suspects import FoldSuspects
from kpipe.trials.local_executor import LocalExecutor
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial


def cross_validate(
    spec: CheckedSpec,
    output: Path | None,
    reporter: Reporter,
    *,
    workers: int = 1,
    resume: bool = False,
    files: Mapping[str, bytes] | None = None,
) -> CrossValidation:
    """Run all folds of a spec, each in a process and a run folder of its own, and write their common result.

    Args:
        spec: a checked spec with `data.folds` and without `data.fold`.
        output: the folder, new or empty; None for the next free `runs/NAME/N`.
        reporter: receives messages and the summary.
        workers: number of folds that run at the same time, at least 1.
        resume: whether to resume the folds in `output`, or to start them.
        files: further files for the folder by name, such as `check.json`; by default none.

    Raises:
        SpecError: the spec does not fit the data.
        DataError: the data cannot be used, or the folder is not empty, or contains a run of another spec.
        TrainingError: a fold failed, after the others have finished; or a file cannot be written.
        KeyboardInterrupt: interrupted; the states of all folds are saved.
    """
    began = datetime.now(UTC)
    if resume and output is None:
        raise DataError(f"{call_argument('resume')} requires the run folder; add {call_argument('output', 'DIR')}")
    if not resume:
        RunFolder.refuse_taken(output)
    with using(spec.code.in_use):
        _refuse_shared_outputs(spec)
        # What does not fit is reported once, and before any folder is created.
        report_findings(check_dataset(spec, *split_data(spec, reporter.say), reporter.say), reporter)
    folder = (
        RunFolder.reopen(output, "cross-validation")
        if resume and output is not None
        else RunFolder.create(output, spec.name)
    )
    with folder.owned(), contextlib.ExitStack() as stack:
        stack.enter_context(reporter.logging_to(folder / RunFile.LOG))
        folder.sweep()
        refuse_changed_spec(folder, spec)
        write_spec(folder, spec, {})
        for name, content in (files or {}).items():
            folder.write_bytes(name, content)
        starts = Starts(folder)
        starts.add(spec.origin, began, reporter.take_messages())
        return _CrossValidation(spec, folder, reporter, workers, starts).run()


def _refuse_shared_outputs(spec: CheckedSpec) -> None:
    train = spec.train
    # Recipes are written out in each fold, mostly with the callbacks of the training.
    own = [getattr(stage, "callbacks", None) for stage in train.stages or (train,)]
    lists = [train.callbacks if callbacks is None else callbacks for callbacks in own]
    for node in (node for callbacks in lists if callbacks is not None for node in callbacks.items):
        output = callback_output(node)
        if output is not None and output.is_elsewhere:
            message = f"all folds would write to {output.text!r}; expected a path relative to the folder of each run"
            raise refusal(spec.place, output.node.path, message, output.node)


@dataclass
class _CrossValidation:
    """Runs the folds, and saves the result regardless of how they end."""

    spec: CheckedSpec
    folder: RunFolder
    reporter: Reporter
    workers: int
    starts: Starts

    def __post_init__(self) -> None:
        self.trials = {
            path: Trial(
                id=path,
                spec=self.folder / RunFile.SPEC,
                folder=self.folder / path,
                overrides=values,
                resume=True,
                origin=self.spec.origin,
            )
            for path, values in fold_overrides(self.spec).items()
        }
        self.outcomes: dict[str, Outcome] = {}

    def run(self) -> CrossValidation:
        try:
            self._run_trials()
        except BaseException as error:
            if self._is_begun:
                self._finish()
                if isinstance(error, KeyboardInterrupt):
                    self.reporter.say(f"resume with: {resume_call(self.folder.path, workers=self.workers)}")
            raise
        if all(outcome.status == "refused" for outcome in self.outcomes.values()) and not self._is_begun:
            raise DataError(f"no fold can be trained:{self._reasons()}")
        found = self._finish()
        if found.result["status"] != "completed":
            failed = [run for run in found.result["runs"] if run["status"] not in FINISHED]
            raise TrainingError(f"{len(failed)} of {counted(len(self.trials), 'fold')} failed:{self._reasons()}")
        return found

    @property
    def _is_begun(self) -> bool:
        return any(trial.folder.exists() for trial in self.trials.values())

    def _run_trials(self) -> None:
        waiting = [trial for path, trial in self.trials.items() if not self._is_finished(path)]
        if not waiting:
            self.reporter.say(f"{self.folder.path}: all folds are already finished; there is nothing to resume")
            return
        with LocalExecutor(self.workers) as executor:
            for trial in waiting:
                executor.submit(trial)
            while len(self.outcomes) < len(self.trials):
                for event in executor.wait():
                    self._report(event)

    def _is_finished(self, path: str) -> bool:
        """Return whether a fold needs no training, and store its outcome."""
        outcome = self._stored(path)
        is_whole = outcome.status == "completed" and outcome.epochs >= total_epochs(self.spec.train)
        if is_whole or outcome.status == "stopped_early":
            self.outcomes[path] = outcome
        return path in self.outcomes

    def _report(self, event: Event) -> None:
        self.folder.begin()
        if isinstance(event, EpochEnded):
            metrics = metrics_text(dict(event.metrics))
            self.reporter.say(f"{event.id}: epoch {event.epoch}/{total_epochs(self.spec.train)}  {metrics}")
            return
        self.outcomes[event.id] = event.outcome
        reason = f": {event.outcome.reason}" if event.outcome.reason else ""
        self.reporter.say(f"{event.id}: {event.outcome.status.replace('_', ' ')}{reason}")

    def _finish(self) -> CrossValidation:
        """Write and show the result."""
        self.folder.begin()
        outcomes = {path: self.outcomes.get(path) or self._stored(path) for path in self.trials}
        result = fold_result(self.spec, outcomes, self.starts.entries)
        self._write_suspects(result["status"] == "completed")
        self.folder.write_json(RunFile.RESULT, result)
        self.reporter.show(fold_summary(result, str(self.folder.path)))
        return CrossValidation(result, self.folder)

    def _write_suspects(self, is_whole: bool) -> None:
        """Write the suspects of all folds, or remove those of an earlier result.

        Args:
            is_whole: whether all folds have finished.
        """
        folders = [RunFolder(trial.folder) for trial in self.trials.values()]
        suspects = FoldSuspects.of(folders) if is_whole else None
        if suspects is None:
            self.folder.remove(RunFile.SUSPECTS)
            return
        # The cells are guarded already.
        self.folder.write_csv(RunFile.SUSPECTS, suspects.header, suspects.rows)
        self.reporter.say(suspects.line)

    def _stored(self, path: str) -> Outcome:
        """Return how an earlier start of a fold ended."""
        run = RunFolder(self.folder / path)
        if not (run / RunFile.RESULT).exists():
            return Outcome(id=path, status="interrupted")
        result = run.read_json(RunFile.RESULT)
        return Outcome(id=path, status=result["status"], result=result, reason=result.get("error"))

    def _reasons(self) -> str:
        return _reasons({path: found for path, found in self.outcomes.items() if found.status not in FINISHED})


def _reasons(outcomes: Mapping[str, Outcome]) -> str:
    """Return one line for each reason, with the folds that it concerns."""
    paths: dict[str, list[str]] = {}
    for path, outcome in outcomes.items():
        paths.setdefault(outcome.reason or outcome.status.replace("_", " "), []).append(path)
    return "".join(f"\n    {', '.join(found)}: {reason}" for reason, found in paths.items())
