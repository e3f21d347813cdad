"""One training from the model to the run folder."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import tensorflow as tf
from kpipe_callbacks import ExplosionError

from kpipe.data.cores import cores
from kpipe.errors import TrainingError
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.printed_output import Said
from kpipe.messages.progress import PlainProgress, number, progress
from kpipe.messages.redirected_output import redirected_output
from kpipe.messages.reporter import Reporter
from kpipe.model.names import LayerLabel
from kpipe.spec.refusal import Place, nowhere
from kpipe.train.callbacks.atomic_saves import whole_saves
from kpipe.train.callbacks.callback_failure import callback_failure, close_files
from kpipe.train.callbacks.callback_state import begin_anew
from kpipe.train.callbacks.step_callbacks import complete_model, explosions
from kpipe.train.devices.process_state import in_process_state
from kpipe.train.devices.replica_step import ReplicaStep
from kpipe.train.devices.strategies.strategy import AS_IT_IS, Running
from kpipe.train.evaluate import evaluate
from kpipe.train.failure_reason import no_model
from kpipe.train.interruption import Interruption
from kpipe.train.loop import Loop
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.plan import Plan, make_plan
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.pooled_metrics import refuse_pooled_metrics
from kpipe.train.resume.resume import (
    Earlier,
    last_epoch_actions,
    refuse_changed_data,
    refuse_other_meaning,
    refuse_other_source,
    saved_state,
)
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.data_description import data_description
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.result import Status, run_result, versions
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.tensorboard_curves import Curves
from kpipe.train.summary import summary


@dataclass
class Run:
    """A finished run.

    Args:
        model: the model that was kept, with its preparation inside: it takes raw inputs. Not compiled.
        history: the curves, one entry an epoch, by figure's name.
        result: what `result.json` holds.
        folder: the run folder.
    """

    model: keras.Model
    history: dict[str, list[Any]]
    result: dict[str, Any]
    folder: RunFolder

    @classmethod
    @in_process_state
    def load(cls, folder: str | Path) -> Run:
        """A run from its folder.

        Raises:
            DataError: the folder holds no finished run, or the run kept no model.
        """
        import importlib

        from kpipe.components.custom_code.imports import make_loadable

        found = RunFolder(Path(folder))
        result = found.read_json("result.json")
        path = found.model_file()
        importlib.import_module("kpipe.layers")
        make_loadable(found / "spec.yaml")
        model = keras.saving.load_model(path, compile=False)
        rows = found.read_csv("history.csv")
        history = {name: [_number(row[name]) for row in rows] for name in (rows[0] if rows else {})}
        return cls(model, history, result, found)


def train(
    spec: Any,
    model: keras.Model,
    raw_model: keras.Model,
    prepared: Any,
    folder: RunFolder,
    *,
    reporter: Reporter | None = None,
    place: Place = nowhere,
    resume: bool = False,
    running: Running = AS_IT_IS,
    labels: Mapping[str, LayerLabel] = MappingProxyType({}),
    earlier: Earlier | None = None,
) -> Run:
    """Trains a model as the spec says and fills the run folder.

    The folder holds a valid state at every moment: the spec and the data's description from the start, the
    history and a checkpoint after each epoch, the model and the result at the end, also when the training fails or
    is interrupted.

    Args:
        spec: has `name`, `seed`, `data`, `train` and `dump()`.
        model: not compiled; one output tensor, or a dict by target's name.
        raw_model: the same layers with raw inputs in front; this is what `model.keras` holds.
        prepared: the data, fitted.
        folder: new and empty; with `resume` that of an earlier start.
        reporter: where messages and the summary go.
        place: where paths of the spec stand, for messages.
        resume: whether to go on from the newest state in the folder, if there is one.
        running: the devices on which the model was built.
        labels: what the spec calls the model's layers, by their names.
        earlier: the spec of the earlier start, where it is written in another way.

    Raises:
        SpecError: something in `train` does not fit the model or the data; nothing has been trained then.
        DataError: the data or the model are not those of the earlier start.
        TrainingError: the training exploded, or a file could not be written.
        KeyboardInterrupt: passed on once the state and the best model so far are saved.

    Returns:
        The run, its model with the weights that were kept.
    """
    reporter = reporter or Reporter()
    with folder.unless_begun(), contextlib.ExitStack() as stack:
        reporter.log_to(folder / "log.txt")
        stack.callback(reporter.log_to, None)
        session = _session(spec, model, raw_model, prepared, folder, reporter, place, resume, running, labels, earlier)
        return session.run()


def _session(
    spec: Any,
    model: keras.Model,
    raw_model: keras.Model,
    prepared: Any,
    folder: RunFolder,
    reporter: Reporter,
    place: Place,
    resume: bool,
    running: Running,
    labels: Mapping[str, LayerLabel],
    earlier: Earlier | None = None,
) -> _Session:
    """The training with everything that is checked and written before its first step."""
    plan = make_plan(spec, model, prepared, folder, place, running, labels)
    for entry in spec.code.entries if spec.code is not None else ():
        reporter.note(f"ran the code of {entry.file or entry.name}")
    for line in plan.said:
        reporter.say(line)
    for line in plan.warnings:
        reporter.warn(line)
    description = data_description(prepared, plan.objective, spec.data.max_pixels)
    fingerprint = prepared.fingerprint()
    if resume:
        compare(folder, earlier, model, plan, description, fingerprint, reporter.say)
    description = {**description, "fingerprint": fingerprint.describe()}
    surroundings = {**versions(), "cores": cores(), "replicas": running.replicas}
    saved = saved_state(folder, surroundings, reporter.say) if resume else None
    if saved is not None:
        epochs, every = saved.position.epoch, spec.train.validate_.every_epochs
        if done := last_epoch_actions(folder, epochs, every, plan.callbacks):
            reporter.say(done)
    elif resume:
        for callback in plan.callbacks:
            begin_anew(callback, folder.path)
    _describe(spec, prepared, description, folder, reporter.say)
    guard = FormulaGuard()
    guard.line(plan.names)
    if notice := guard.notice("the header of history.csv"):
        reporter.say(notice)
    return _Session(spec, model, raw_model, prepared, folder, reporter, plan, surroundings, saved, running)


def compare(
    folder: RunFolder,
    earlier: Earlier | None,
    model: keras.Model,
    plan: Plan,
    description: Mapping[str, Any],
    fingerprint: Any,
    say: Callable[[str], None],
) -> None:
    """Refuses to go on where the data or the plan are not those of an earlier start.

    Args:
        folder: of the earlier start.
        earlier: its spec, where it is written in another way.
        model: the model that is trained.
        plan: of the present spec.
        description: of the data, as `data.json` holds it.
        fingerprint: of the data.
        say: is told where only a part of the data was compared.

    Raises:
        DataError: with what differs.
    """
    refuse_pooled_metrics(folder, plan.objective)
    if earlier is not None:
        refuse_other_meaning(folder, earlier, plan.objective, plan.best_weights, model, plan.names)
        refuse_other_source(folder, earlier, description)
    refuse_changed_data(folder, description, fingerprint, say)


def dumped(spec: Any) -> tuple[str, dict[str, bytes]]:
    """The resolved spec as a run folder holds it, and the files that it imports, by their names there."""
    entries = [entry for entry in (spec.code.entries if spec.code is not None else ()) if entry.file is not None]
    names = {entry.path: f"imports/{entry.file.name}" for entry in entries}
    return spec.dump(names), {names[entry.path]: entry.content for entry in entries}


def _describe(
    spec: Any, prepared: Any, description: Mapping[str, Any], folder: RunFolder, say: Callable[[str], None]
) -> None:
    """Writes what is known before the training."""
    text, code = dumped(spec)
    for name, content in code.items():
        (folder / name).parent.mkdir(exist_ok=True)
        folder.save(name, partial(_write, content=content))
    folder.write_text("spec.yaml", text)
    folder.write_json("data.json", description)
    if prepared.dataset.bad:
        rows = [(bad.sample, bad.reason) for bad in prepared.dataset.bad]
        guard = folder.write_csv("bad_samples.csv", ("sample", "reason"), rows)
        if notice := guard.notice("bad_samples.csv"):
            say(notice)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@dataclass
class _Session:
    """The training itself, and what is saved however it ends."""

    spec: Any
    model: keras.Model
    raw_model: keras.Model
    prepared: Any
    folder: RunFolder
    reporter: Reporter
    plan: Plan
    surroundings: Mapping[str, Any]
    saved: Captured | None
    running: Running
    _is_changed: bool = field(default=False, init=False)

    def run(self) -> Run:
        """Trains, saves and says; what callbacks print is a message, not a result."""
        printed = Said(self.reporter)
        try:
            with self.prepared.worker_errors(), redirected_output(printed):
                run = self._run()
            printed.end()
            return run
        except tf.errors.OpError as error:
            raise TrainingError(
                f"the training failed in TensorFlow: {_reason(error)}; what was finished is in {self.folder.path}"
            ) from error

    def _run(self) -> Run:
        epochs, steps = self.spec.train.epochs, self.prepared.steps("train")
        self.history = History(self.folder, self.plan.names, self._learning_rate)
        curves = Curves(self.folder / "tensorboard", self._learning_rate)
        self._began = time.perf_counter() - (self.saved.more["seconds"] if self.saved is not None else 0.0)
        display = progress(self.reporter, epochs, steps, self._began)
        self.folder.begin()
        try:
            with Interruption(self._warn) as interruption, whole_saves(self.model):
                status: Status = self._loop(steps, curves, display, interruption).run()
        except KeyboardInterrupt:
            display.close()
            self.reporter.say(f"interrupted: {self._saved_at_interrupt()}")
            self._finish("interrupted")
            self._say_how_to_go_on()
            raise
        except ExplosionError as error:
            display.close()
            reason = f"{error}; {self._kept_text()}"
            self._finish("exploded", reason)
            raise TrainingError(reason) from error
        except Exception as error:
            failure: str | None = callback_failure(error, self.folder.path)
            close_files(self.plan.callbacks)
            # A disk that was full for a checkpoint is full for the result too; the first error says what to do.
            with contextlib.suppress(TrainingError):
                self._finish("failed", error=failure or f"{type(error).__name__}: {error}")
            if failure is not None:
                raise TrainingError(failure) from error
            raise
        finally:
            display.close()
            curves.close()
        failure = self._explosion() if status == "exploded" else None
        if failure is None and self.plan.best_weights.moment is None:
            rule = self.spec.train.validate_.every_epochs
            status, failure = no_model(self.plan.best_weights, len(self.history.rows), rule)
        try:
            run = self._finish(status, failure)
        except KeyboardInterrupt:
            self._say_how_to_go_on()
            raise
        self.checkpoints.keep_newest()
        if failure is not None:
            raise TrainingError(f"{self.folder.path}: {failure}")
        return run

    @property
    def checkpoints(self) -> Checkpoints:
        """The states of this run."""
        return Checkpoints(self.folder / "checkpoint")

    def _warn(self, text: str) -> None:
        # From within a signal handler: what Python is just writing must not be disturbed.
        if not self.reporter.quiet:
            with contextlib.suppress(OSError):
                os.write(2, f"\n{text}\n".encode())

    def _say_how_to_go_on(self) -> None:
        folder = self.folder.path
        spec = shlex.quote(str(folder / "spec.yaml"))
        # A spec cannot name paths outside the run folder.
        elsewhere = "".join(f" --set {shlex.quote(output.override)}" for output in self.plan.elsewhere)
        self.reporter.say(f"continue with: kpipe run {spec} --output {shlex.quote(str(folder))} --resume{elsewhere}")

    def _loop(self, steps: int, curves: Curves, display: PlainProgress, interruption: Interruption) -> Loop:
        options, plan = self.spec.train, self.plan
        batches = partial(self.prepared.batches, "train", labels=plan.objective.labels, sample_weight=plan.weights)
        return Loop(
            model=self.model,
            batches=lambda epoch, first_step: batches(epoch=epoch, first_step=first_step),
            steps=steps,
            epochs=options.epochs,
            best_weights=plan.best_weights,
            callbacks=plan.callbacks,
            validator=plan.validator,
            every_epochs=options.validate_.every_epochs,
            every_steps=options.validate_.every_steps,
            observers=[self.history, curves, display],
            checkpointing=Checkpointing(
                checkpoints=self.checkpoints,
                best_weights=plan.best_weights,
                history=self.history,
                surroundings=self.surroundings,
                every_steps=options.checkpoint.every_steps,
                every_minutes=options.checkpoint.every_minutes,
                saved=self.saved,
                began=self._began,
                say=self.reporter.say,
            ),
            interruption=interruption,
            step=self._step(),
        )

    def _step(self) -> ReplicaStep | None:
        distribution = self.running.distribution
        return ReplicaStep(self.model, distribution) if distribution is not None else None

    def _finish(self, status: Status, error: str | None = None) -> Run:
        seconds = time.perf_counter() - self._began
        best_weights = self.plan.best_weights
        evaluations: dict[str, Evaluation] = {}
        if best_weights.moment is not None:
            best_weights.restore(self.model)
            if status in ("completed", "stopped_early"):
                self._is_changed = complete_model(self.plan.callbacks, self._training_data)
            try:
                self.folder.save("model.keras", self.raw_model.save)
            except TrainingError as failure:
                self._write_result("failed", seconds, {}, error or str(failure))
                raise
            # Whoever interrupts a run does not want to wait for a pass over the test part.
            if status not in ("failed", "interrupted"):
                evaluations = self._evaluations("validation" if status == "exploded" else "test")
        result = self._write_result(status, seconds, evaluations, error)
        if status != "failed":
            shown = evaluations.get("test") or evaluations.get("validation")
            self.reporter.show(summary(result, shown.classes if shown else {}, str(self.folder.path)))
        return Run(self.raw_model, self.history.columns(), result, self.folder)

    def _write_result(
        self, status: Status, seconds: float, evaluations: Mapping[str, Evaluation], error: str | None
    ) -> dict[str, Any]:
        result = run_result(
            self.spec,
            status,
            self.plan.best_weights,
            self.raw_model,
            epochs=len(self.history.rows),
            seconds=seconds,
            evaluations=evaluations,
            explosions=explosions(self.plan.callbacks),
            error=error,
        )
        self.folder.write_json("result.json", result)
        return result

    def _saved_at_interrupt(self) -> str:
        moment = self.plan.best_weights.moment
        if moment is None:
            return "no model was chosen yet; the state of the training is saved"
        return f"saving the model of epoch {moment.epoch}"

    def _training_data(self) -> Any:
        return self.prepared.batches("train", epoch=0, labels=self.plan.objective.labels)

    def _evaluations(self, last: str) -> dict[str, Evaluation]:
        """The test part, once; the validation part where there is no test part or its figures are unknown.

        Args:
            last: `test`, or `validation` where the test part is not looked at.
        """
        names = ("validation", "test") if last == "test" else ("validation",)
        parts = [part for part in names if len(self.prepared.parts.get(part, ()))]
        known = any(name.startswith("val_") for name in self.plan.best_weights.figures) and not self._is_changed
        if "test" in parts and known:
            parts.remove("validation")
        with self.running.measuring_scope():
            return {part: evaluate(self.model, self.prepared, part, self.plan.objective) for part in parts}

    def _learning_rate(self) -> float | None:
        # An optimizer made of several has no single rate.
        with contextlib.suppress(AttributeError, ValueError):
            return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        return None

    def _explosion(self) -> str:
        reason = "its loss or weights are not finite"
        if events := explosions(self.plan.callbacks):
            event = events[-1]
            loss = event["loss"]
            what = "the weights were not finite after" if loss is None else f"the loss was {number(loss)} in"
            reason = f"{what} step {event['step']}, and the state after step {event['good_step']} was put back"
        return (
            f"the training exploded in epoch {len(self.history.rows)}: {reason}; {self._kept_text()}. Lower the "
            "learning rate, or clip the gradients (global_clipnorm: 1)"
        )

    def _kept_text(self) -> str:
        moment = self.plan.best_weights.moment
        if moment is None:
            return f"no state before it could be kept in {self.folder.path}"
        return f"the model of epoch {moment.epoch} is kept in {self.folder.path}"


def _number(text: str) -> float | None:
    return None if text == "" else float(text)


def _reason(error: tf.errors.OpError) -> str:
    """What an operation refused, without the graph around it."""
    lines = [line.strip() for line in str(error.message).splitlines()]
    nodes = [index for index, line in enumerate(lines) if line.startswith("[[{{node") and index]
    told = lines[nodes[0] - 1] if nodes else next((line for line in lines if line), "")
    return f"{type(error).__name__}: {told}"
