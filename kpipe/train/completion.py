"""What a training does after its last step: it keeps a model, evaluates it and writes the result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kpipe.errors import TrainingError
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.averaging.evaluate_averaged import evaluate_averaged
from kpipe.train.callbacks.step_callbacks import complete_model
from kpipe.train.evaluate import evaluate
from kpipe.train.measurements.run_evidence import run_evidence
from kpipe.train.measurements.training_sample import TrainingSample
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.plan import Plan
from kpipe.train.run import Run
from kpipe.train.run_folder.confusion_result import ConfusionResult
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.result import Status, run_result
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.starts import Starts
from kpipe.train.run_folder.suspects import Suspects
from kpipe.train.run_folder.worst_samples import WorstSamples
from kpipe.train.setup.setup import Setup
from kpipe.train.stages.stage_record import StageRecord
from kpipe.train.summary import summary

#: The endings after which the kept model is saved, but not evaluated.
NOT_EVALUATED = ("failed", "interrupted", "paused", "pruned")


@dataclass(kw_only=True)
class Completion:
    """Completes a training, regardless of how it ended.

    Args:
        setup: the spec, the data, the model and the devices.
        plan: the objective, the callbacks and the best weights.
        folder: the run folder.
        reporter: receives the summary.
        history: the metrics of the finished epochs.
        starts: the starts of the run.
        sample: the sample of the training part that is evaluated; None if there is no validation part.
        began: the value of `time.perf_counter` at the start of the training, less the seconds of earlier starts.
        stages: what each stage has done; empty for a training without stages.
        explosions: the explosions that callbacks have found.
        stop_reason: why the optimizer has ended the training; None if it has not.

    Attributes:
        shown: the evaluation whose samples and classes are in the folder; None before `run`, or without any.
    """

    setup: Setup
    plan: Plan
    folder: RunFolder
    reporter: Reporter
    history: History
    starts: Starts
    sample: TrainingSample | None = None
    began: float
    stages: Sequence[StageRecord] = ()
    explosions: Sequence[Mapping[str, Any]] = ()
    stop_reason: str | None = None
    shown: Evaluation | None = field(default=None, init=False)
    _is_changed: bool = field(default=False, init=False)
    _suspects: Suspects | None = field(default=None, init=False)

    def run(self, status: Status, error: str | None = None) -> Run:
        """Restore the best weights, save and evaluate the model, and write and print the result.

        Args:
            status: how the training ended.
            error: the reason, if it failed.

        Raises:
            TrainingError: the model or the result cannot be written.
        """
        seconds, raw_model = time.perf_counter() - self.began, self.setup.built.raw_model
        evaluations: dict[str, Evaluation] = {}
        averaged: Evaluation | None = None
        if self.plan.best_weights.moment is not None:
            self.plan.best_weights.restore(self.setup.built.model)
            if status in ("completed", "stopped_early"):
                data = partial(self.plan.training_data, self.setup.prepared)
                self._is_changed = complete_model(self.plan.callbacks, data)
            try:
                self.folder.save(RunFile.MODEL, raw_model.save)
            except TrainingError as failure:
                self._write_result("failed", seconds, {}, error or str(failure))
                raise
            # A run that is resumed later is evaluated at its end, and an interrupted one has to end soon.
            if status not in NOT_EVALUATED:
                # The test part is never evaluated in a cross-validation, which compares specs.
                is_fold = self.setup.spec.data.fold is not None
                last = "validation" if status == "exploded" or is_fold else "test"
                evaluations = self._evaluations(last, suspected=status != "exploded")
                averaged = self._averaged() if "test" in evaluations else None
                self._write_evidence()
        result = self._write_result(status, seconds, evaluations, error, averaged)
        if status != "failed":
            shown = evaluations.get("test") or evaluations.get("validation")
            self.reporter.show(summary(result, shown.classes if shown else {}, str(self.folder.path)))
        return Run(model=raw_model, history=self.history.columns(), result=result, folder=self.folder)

    def _write_result(
        self,
        status: Status,
        seconds: float,
        evaluations: Mapping[str, Evaluation],
        error: str | None,
        averaged: Evaluation | None = None,
    ) -> dict[str, Any]:
        averaging = self.plan.averaging
        result = run_result(
            self.setup.spec,
            status,
            self.plan.best_weights,
            self.setup.built.raw_model,
            epochs=len(self.history.rows),
            seconds=seconds,
            evaluations=evaluations,
            started=self.starts.entries,
            started_from=self.starts.started_from,
            initialized=self.starts.initialized,
            explosions=self.explosions,
            error=error,
            reason=self.stop_reason,
            stages=[record.to_dict() for record in self.stages],
            recipes=[recipe.to_dict() for recipe in self.setup.recipes],
            averaged=None if averaged is None or averaging is None else (averaging.describe(), averaged),
        )
        self.shown = evaluations.get("test") or evaluations.get("validation")
        self._write_confusion(self.shown)
        self._write_worst(self.shown)
        self._write_suspects()
        self.folder.write_json(RunFile.RESULT, result)
        return result

    def _write_evidence(self) -> None:
        with self.setup.devices.evaluation_scope():
            self.folder.write_json(RunFile.EVIDENCE, run_evidence(self.setup, self.plan, self.sample))

    def _write_confusion(self, shown: Evaluation | None) -> None:
        """Write the confusions that are too many for the result, or remove those of an earlier result."""
        confusion = ConfusionResult(shown.classes if shown else {})
        if not confusion.has_rows:
            self.folder.remove(RunFile.CONFUSION)
            return
        guard = self.folder.write_csv(RunFile.CONFUSION, confusion.HEADER, confusion.rows())
        if notice := guard.notice(RunFile.CONFUSION):
            self.reporter.say(notice)

    def _write_worst(self, shown: Evaluation | None) -> None:
        """Write the samples that are predicted worst, or remove those of an earlier result."""
        worst = None if shown is None else WorstSamples.of(shown, self.setup.prepared)
        if worst is None or not worst.found:
            self.folder.remove(RunFile.WORST)
            return
        guard = self.folder.write_csv(RunFile.WORST, worst.header, worst.rows())
        if notice := guard.notice(RunFile.WORST):
            self.reporter.say(notice)

    def _write_suspects(self) -> None:
        """Write the samples with improbable labels, or remove those of an earlier result."""
        suspects = self._suspects
        if suspects is None or not suspects.found:
            self.folder.remove(RunFile.SUSPECTS)
            return
        guard = self.folder.write_csv(RunFile.SUSPECTS, suspects.header, suspects.rows())
        self.reporter.say(suspects.line)
        if notice := guard.notice(RunFile.SUSPECTS):
            self.reporter.say(notice)

    def _evaluations(self, last: str, suspected: bool) -> dict[str, Evaluation]:
        """Evaluate the test part, and the validation part if its metrics are unknown or there is no test part.

        Args:
            last: `test`, or `validation` to skip the test part.
            suspected: whether to find the suspects of both parts, for which the validation part is evaluated again.
        """
        prepared, objective = self.setup.prepared, self.plan.objective
        names = ("validation", "test") if last == "test" else ("validation",)
        parts = [part for part in names if len(prepared.parts.get(part, ()))]
        known = any(name.startswith("val_") for name in self.plan.best_weights.metrics) and not self._is_changed
        suspected = suspected and Suspects.are_possible(objective)
        shown = [part for part in parts if part == last or not (known and "test" in parts)]
        validator, model = self.plan.validator, self.setup.built.model
        traced = validator.evaluator if validator is not None and validator.evaluator.returns_outputs else None
        with self.setup.devices.evaluation_scope():
            found = {
                part: evaluate(model, prepared, part, objective, traced, scored=True)
                for part in (parts if suspected else shown)
            }
        self._suspects = Suspects.of(found, prepared) if suspected else None
        return {part: found[part] for part in shown}

    def _averaged(self) -> Evaluation | None:
        """Evaluate the test part with the averages that the spec asks for; None if it asks for none."""
        averaging, objective = self.plan.averaging, self.plan.objective
        if averaging is None:
            return None
        with self.setup.devices.evaluation_scope():
            return evaluate_averaged(self.setup.built.model, self.setup.prepared, "test", objective, averaging)
