"""The Python interface: `kpipe.load` returns a `Pipeline`, which builds and trains the model of a spec."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpipe.distribution import other_distribution
from kpipe.messages.source_line import noted_source_lines
from kpipe.run_files import RunFile

if TYPE_CHECKING:
    import keras
    import PIL.Image

    from kpipe.checks.checked_spec import CheckedSpec
    from kpipe.judge.check_report import CheckReport
    from kpipe.messages.reporter import Reporter
    from kpipe.train.run import Run
    from kpipe.train.run_control import RunControl
    from kpipe.trials.cross_validation import CrossValidation


@noted_source_lines()
def load(
    path: str | Path | Mapping[str, Any],
    overrides: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> Pipeline:
    """Read a spec and check everything that does not need its data.

    Args:
        path: a YAML file; `kpipe:NAME` for a shipped spec; a string of YAML, which contains a line break or begins with
            `{`; or the spec as a mapping of plain Python values. Relative paths in a string or a mapping are resolved
            against the current folder.
        overrides: values that replace those of the file: a mapping from path to value, such as `{"train.epochs": 3}`,
            or strings as on the command line, such as `["train.epochs=3"]`.
        say: receives a message about each file or module of `imports` that is run; by default nothing is reported.

    Returns:
        The pipeline; only the spec has been read.

    Raises:
        SpecError: the spec is not valid; it contains all problems.

    Example:
        >>> load("kpipe:digits", {"train.epochs": 2}).spec.train.epochs
        2
        >>> spec = {"name": "a", "data": {"source": "Digits"}, "model": ["Flatten", {"Dense": {"units": "=classes"}}]}
        >>> load(spec).build().output_shape
        (None, 10)
    """
    from kpipe.checks.checked_spec import checked
    from kpipe.train.devices.process_state import preserve_caller_state

    if warning := other_distribution():
        warnings.warn(warning, stacklevel=2)
    with preserve_caller_state():
        return Pipeline(checked(path, () if overrides is None else overrides, say=say))


class Pipeline:
    """A checked spec, whose model can be built and trained.

    Args:
        spec: the resolved spec with checked components and model.
    """

    def __init__(self, spec: CheckedSpec) -> None:
        self.spec = spec

    def __repr__(self) -> str:
        return "<Pipeline {}: file {}, {} epochs, batch size {}>".format(*(value for _, value in self._facts()))

    def _repr_html_(self) -> str:
        """Return a table of the main values, for notebooks."""
        from kpipe.messages.html_table import html_table

        (_, name), *rows = self._facts()
        return html_table(name, [], rows)

    def _facts(self) -> list[tuple[str, str]]:
        from kpipe.checks.stage_epochs import total_epochs
        from kpipe.components.registry.registry import using
        from kpipe.messages.escaped import escaped

        spec = self.spec
        with using(spec.code.in_use):
            epochs = total_epochs(spec.train)
        usual = spec.data.batch_size
        # Recipes do not change the batches.
        given = [getattr(stage, "data", None) for stage in spec.train.stages or ()]
        sizes = [usual if data is None or data.batch_size is None else data.batch_size for data in given]
        size = ", ".join(map(str, dict.fromkeys(sizes or [usual])))
        numbers = ("epochs", str(epochs)), ("batch size", size)
        return [("name", escaped(spec.name)), ("file", escaped(str(spec.file))), *numbers]

    @noted_source_lines()
    def build(self) -> keras.Model:
        """Return the compiled Keras model of the spec, which accepts raw inputs.

        This reads the data to determine shapes and classes, and to fit the preparation inside the model on the training
        part. `fit` of the model accepts raw inputs and integer class labels (or one-hot labels if the loss or a metric
        requires them). Of a training with stages, the model is that of the first one.

        Raises:
            SpecError: the model or the training section does not match the data.
            DataError: the data cannot be used.

        Example:
            >>> load("kpipe:digits").build().output_shape
            (None, 10)
        """
        from kpipe.train.setup.spec_session import spec_session

        with spec_session(self.spec):
            from kpipe.train.compile import compile_model
            from kpipe.train.setup.prepare_data import prepare_data
            from kpipe.train.setup.setup import build_stages
            from kpipe.train.stages.stages_of import stages_of
            from kpipe.train.start_from.start_model import start_model

            prepared = prepare_data(self.spec, _silent)
            built, stages = build_stages(self.spec, prepared)
            start_model(self.spec, built, prepared)
            compile_model(stages_of(stages.spec)[0].spec, built, prepared)
            return built.raw_model

    @noted_source_lines()
    def training_sheet(self, count: int = 16, *, say: Callable[[str], None] | None = None) -> PIL.Image.Image:
        """Return a picture of the first training samples, which a notebook displays.

        It contains the originals, what the network receives after `data.augment`, `data.mix` and `data.prepare`, and
        the labels, as `kpipe show --images` does. The samples are those of a run with the same seed.

        Args:
            count: the largest number of samples, at least 1, default 16.
            say: receives each message about the data; by default nothing is reported.

        Raises:
            SpecError: the model or the training section does not match the data.
            DataError: the data cannot be used, or no input can be shown as a picture.
            ArgumentError: `count` is below 1.

        Example:
            >>> load("kpipe:digits").training_sheet(count=4).mode
            'RGB'
        """
        from kpipe.errors import ArgumentError
        from kpipe.train.setup.spec_session import spec_session

        if count < 1:
            raise ArgumentError("count", f"out of range; expected at least 1, got {count}")
        with spec_session(self.spec):
            from kpipe.report.sheets.spec_mixing import spec_mixing
            from kpipe.report.sheets.training_sheet import training_sheet
            from kpipe.train.setup.prepare_data import prepare_data
            from kpipe.train.setup.setup import build_on_data

            prepared = prepare_data(self.spec, say or _silent)
            mixing = spec_mixing(self.spec, prepared, build_on_data(self.spec, prepared).model)
            return training_sheet(self.spec.name, prepared, mixing, "training_sheet", count).image()

    @noted_source_lines()
    def validate(self, *, say: Callable[[str], None] | None = None) -> None:
        """Report all problems that `run` finds before its first step; this reads the data and builds the model.

        Args:
            say: receives each message that `run` would report, except for its devices; by default nothing is
                reported.

        Raises:
            SpecError: the model or the training section does not match the data.
            DataError: the data cannot be used.

        Example:
            >>> load("kpipe:digits").validate()
        """
        from kpipe.train.check import check_training

        check_training(self.spec, say or _silent)

    @noted_source_lines()
    def check(
        self,
        output: str | Path | None = None,
        *,
        budget: float | None = None,
        progress: bool | None = None,
        reporter: Reporter | None = None,
    ) -> CheckReport:
        """Measure the first steps of the training before a long run, and write `check.json`; nothing else is kept.

        Args:
            output: the folder of `check.json` and of the picture `learning_rate.png`, whose earlier versions are
                replaced; by default `runs/NAME/check`.
            budget: the seconds that all probes may use, above 0; by default 60 seconds or 2 % of the expected time of
                the run, without traces, and at most 600 with them. Probes that do not fit are skipped.
            progress: whether to show messages; by default only in a notebook and on a terminal.
            reporter: receives messages instead; `progress` is unused.

        Returns:
            The results of all probes: `.passed`, `.verdicts`, `.results`, `.text()`, `.to_dict()`.

        Raises:
            SpecError: the spec does not match the data, or a static check has found an error.
            DataError: the data cannot be used.
            TrainingError: a file cannot be written.
            ArgumentError: `budget` is not above 0.
        """
        from kpipe.messages.python_reporter import python_reporter
        from kpipe.train.setup.spec_session import spec_session

        _refuse_budget(budget)
        reporter = reporter or python_reporter(progress)
        with spec_session(self.spec, is_run=True):
            from kpipe.errors import TrainingError
            from kpipe.judge.check_spec import check_spec
            from kpipe.train.run_folder.run_folder import RunFolder

            folder = RunFolder.of_check(Path(output) if output is not None else None, self.spec.name)
            report = check_spec(self.spec, reporter.say, budget)
            try:
                report.write(folder)
            except TrainingError:
                # The measurements may have taken minutes.
                reporter.say(report.text())
                raise
            reporter.say(f"written: {folder / RunFile.CHECK}")
            return report

    @noted_source_lines()
    def run(
        self,
        output: str | Path | None = None,
        resume: bool = False,
        *,
        check: bool = False,
        budget: float | None = None,
        workers: int | None = None,
        progress: bool | None = None,
        reporter: Reporter | None = None,
        control: RunControl | None = None,
    ) -> Run | CrossValidation:
        """Train the model of the spec and fill a run folder; with `data.folds`, train one for each fold.

        Args:
            output: the run folder, new or empty; by default the next free `runs/NAME/N`.
            resume: whether to resume the run in `output`; a run that has not begun is started, and a finished run is
                returned unchanged.
            check: whether to measure the first steps before, as `check` does, in a process of its own; the results are
                in the run folder. A run that is resumed from a saved state is not checked. Default False.
            budget: with `check` only: the seconds that all probes may use, above 0; by default as for `check`.
            workers: with `data.folds` only: number of folds that run at the same time, each in a process of its own;
                at least 1, by default 1.
            progress: whether to show progress, messages and the result; by default only in a notebook, as an output of
                the cell, and on a terminal. Warnings that are not shown are issued as Python warnings.
            reporter: receives messages instead; `progress` is unused.
            control: pauses or ends the training after an epoch, and receives the metrics of each; by default it trains
                until the end. `resume` continues a training that has ended in this way. Not with `data.folds`.

        Returns:
            The run: `.model`, `.history`, `.result`, `.folder`. If the spec has `data.folds` and no `data.fold`, a
            `CrossValidation`: `.result`, with the mean and the standard deviation of each metric, and `.load(fold)`.

        Raises:
            SpecError: the spec does not match the data.
            DataError: the data cannot be used, or the output is not empty; with `resume`, the output contains no run of
                this spec and this data.
            TrainingError: the training exploded, its results could not be written, or `check` has found an error.
            ArgumentError: `workers` without folds, `control` with folds, or `budget` without `check` or not above 0.
        """
        from kpipe.errors import ArgumentError
        from kpipe.messages.python_reporter import python_reporter
        from kpipe.train.setup.spec_session import spec_session

        has_folds = self.spec.data.is_cross_validation
        if has_folds and control is not None:
            raise ArgumentError("control", "not supported with data.folds; remove it, or set data.fold")
        if not has_folds and workers is not None:
            raise ArgumentError("workers", "the number of folds at a time, but the spec trains one model; remove it")
        if not check and budget is not None:
            raise ArgumentError("budget", "the seconds of the check, but nothing is checked; add check=True")
        folder, reporter = Path(output) if output is not None else None, reporter or python_reporter(progress)
        files: Mapping[str, bytes] = {}
        if check:
            from kpipe.judge.check_before_run import check_before_run

            _refuse_budget(budget)
            files = check_before_run(self.spec, folder, reporter, resume=resume, budget=budget)
        if has_folds:
            from kpipe.trials.cross_validate import cross_validate

            return cross_validate(self.spec, folder, reporter, workers=workers or 1, resume=resume, files=files)
        with spec_session(self.spec, is_run=True):
            from kpipe.report.run_page.end_run import end_run
            from kpipe.train.start import resume_run, start_run

            begin = resume_run if resume else start_run
            return begin(self.spec, folder, reporter, control, files, end_run)

    @noted_source_lines()
    def tune(
        self,
        output: str | Path | None = None,
        resume: bool = False,
        *,
        workers: int = 1,
        progress: bool | None = None,
        reporter: Reporter | None = None,
    ) -> Path:
        """Run the sweep of the section `tune`.

        Args:
            output: the folder of the sweep, new or empty; by default the next free `runs/NAME/N`.
            resume: whether to resume the sweep in `output`; a sweep that has not begun is started.
            workers: number of trials that run at the same time, at least 1, default 1.
            progress: whether to show progress, messages and the result; by default only in a notebook, as an output of
                the cell, and on a terminal. Warnings that are not shown are issued as Python warnings.
            reporter: receives messages instead; `progress` is unused.

        Returns:
            The folder, with `trials.csv`, `best.yaml` and the run folders of all trials in `trials`.

        Raises:
            SpecError: the spec has no section `tune`, or it cannot be used.
            DataError: the output is not empty; with `resume`, it contains no sweep of this spec.
            TrainingError: no trial has a score, too many trials failed, or a file could not be written.
        """
        from kpipe.checks.tune_section import tune_section
        from kpipe.components.quiet_import import import_keras
        from kpipe.messages.python_reporter import python_reporter

        tune_section(self.spec)
        # The modules of a sweep import Keras. GPUs are left to the processes of the trials.
        import_keras(finds_gpus=False)
        from kpipe.tune.run_sweep import run_sweep

        folder, reporter = Path(output) if output is not None else None, reporter or python_reporter(progress)
        return run_sweep(self.spec, folder, workers=workers, resume=resume, reporter=reporter)


def _refuse_budget(budget: float | None) -> None:
    from kpipe.errors import ArgumentError

    if budget is not None and not budget > 0:
        raise ArgumentError("budget", f"out of range; expected a number of seconds above 0, got {budget}")


def _silent(_: str) -> None:
    return None
