"""The Python door: `kpipe.load` gives a `Pipeline`, which builds and runs what a spec says."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from kpipe.cache_folder import cache_folder
from kpipe.distribution import other_distribution
from kpipe.errors import ArgumentError, DataError, Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.spec import Spec

if TYPE_CHECKING:
    from kpipe.data.prepared import PreparedData
    from kpipe.messages.reporter import Reporter
    from kpipe.model.build import BuiltModel
    from kpipe.train.devices.strategies.strategy import Running
    from kpipe.train.resume.resume import Earlier
    from kpipe.train.run import Run
    from kpipe.train.run_folder.run_folder import RunFolder


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def load(
    path: str | Path,
    overrides: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> Pipeline:
    """Reads a spec and checks all of it that can be checked without its data.

    Args:
        path: a YAML file, or `kpipe:NAME` for a shipped one.
        overrides: values that replace the file's: a mapping from path to value, such as `{"train.epochs": 3}`, or
            texts as on the command line, such as `["train.epochs=3"]`.
        say: is told which code of the spec's `imports` is run; by default nobody is.

    Returns:
        The pipeline; nothing has been read but the spec.

    Raises:
        SpecError: the spec is wrong; all its problems at once.

    Example:
        >>> load("kpipe:digits", {"train.epochs": 2}).spec.train.epochs
        2
    """
    from kpipe.checks.checked_spec import checked
    from kpipe.train.devices.process_state import kept_for_caller

    if warning := other_distribution():
        warnings.warn(warning, stacklevel=2)
    with kept_for_caller():
        return Pipeline(checked(path, () if overrides is None else overrides, say=say))


def start_tensorflow() -> None:
    """Imports TensorFlow without its start-up messages on the screen, and lets GPU memory grow as needed."""
    from kpipe.train.devices.tensorflow_start import start_tensorflow as start

    start()


def _in_own_code(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Makes what the spec imports known while a method of its pipeline runs, and puts the process' state back."""

    @wraps(method)
    def inside(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        from kpipe.components.registry.registry import using
        from kpipe.train.devices.process_state import process_state

        pipeline: Any = args[0]
        with process_state(pipeline.spec.seed, is_run=method.__name__ == "run"):
            pipeline.spec.code.claim_names()
            with using(pipeline.spec.code.in_use):
                return method(*args, **kwargs)

    return inside


class Pipeline:
    """A spec that was read and checked.

    Args:
        spec: the resolved spec; its components and its model were checked.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    @_in_own_code
    def build(self) -> Any:
        """The spec's model, compiled, of Keras' own classes; it takes raw inputs.

        Reads the data: shapes and classes come from them, and the preparation inside the model is fitted on the
        training part. The model goes into `fit` with raw inputs and integer class labels (or one-hot labels where the
        loss or a metric wants them).

        Returns:
            A compiled `keras.Model`.

        Raises:
            SpecError: the model or the training section does not fit the data.
            DataError: the data cannot be used.
        """
        from kpipe.train.compile import compile_model

        prepared = self.prepared(_silent)
        built = self.built(prepared)
        compile_model(self.spec, built.model, built.raw_model, prepared, self.spec.place)
        return built.raw_model

    @_in_own_code
    def check(self, *, say: Callable[[str], None] | None = None) -> None:
        """Finds everything that `run` refuses before its first step; reads the data and builds the model for it.

        Args:
            say: receives each line that `run` would report; by default nothing is reported.

        Raises:
            SpecError: the model or the training section does not fit the data.
            DataError: the data cannot be used.
        """
        import tempfile

        from kpipe.train.plan import make_plan
        from kpipe.train.run_folder.run_folder import RunFolder

        say = say or _silent
        running, prepared, built = self._ready(say)
        with tempfile.TemporaryDirectory() as folder:
            where = RunFolder(Path(folder))
            plan = make_plan(self.spec, built.model, prepared, where, self.spec.place, running, built.labels)
        for line in (*plan.said, *plan.warnings):
            say(line)

    @_in_own_code
    def run(self, output: str | Path | None = None, resume: bool = False, *, reporter: Reporter | None = None) -> Run:
        """Trains the spec's model and fills a run folder.

        Args:
            output: the run folder, new or empty; by default the next free `runs/NAME/N`.
            resume: whether to go on with the run in `output`; where it has not begun yet, it begins, and where it is
                finished, it is returned as it is.
            reporter: where messages go; by default nothing is printed.

        Returns:
            The run: `.model`, `.history`, `.result`, `.folder`.

        Raises:
            SpecError: the spec does not fit the data.
            DataError: the data cannot be used, or the output holds something already; with `resume`, something that
                is not a run of this spec and these data.
            TrainingError: the training exploded or its results could not be written.
        """
        from kpipe.messages.reporter import Reporter
        from kpipe.train.run_folder.run_folder import RunFolder

        reporter = reporter or Reporter.silent()
        output = Path(output) if output is not None else None
        if resume:
            return self._resumed(output, reporter)
        RunFolder.refuse_taken(output)
        ready = self._ready(reporter.say)
        folder = RunFolder.create(output, self.spec.name)
        with folder.owned():
            return self._trained(*ready, folder, reporter)

    def _resumed(self, output: Path | None, reporter: Reporter) -> Run:
        from kpipe.train.resume.resume import finished, refuse_changed_spec
        from kpipe.train.run import Run, dumped
        from kpipe.train.run_folder.run_folder import RunFolder

        if output is None:
            raise DataError("--resume needs the folder of the run: --output DIR")
        folder = RunFolder.reopen(output)
        with folder.owned():
            folder.sweep()
            before = refuse_changed_spec(folder, self.spec, dumped(self.spec)[1])
            ended = finished(folder, self.spec.train.epochs)
            if ended is None or before is not None:
                ready = self._ready(reporter.say, folder, before.spec if before and before.is_other_model else None)
            if ended is not None:
                if before is not None and before.undecided:
                    self._compare(*ready, folder, before)
                reporter.say(ended)
                return Run.load(folder.path)
            return self._trained(*ready, folder, reporter, resume=True, earlier=before)

    def _compare(
        self, running: Running, prepared: PreparedData, built: BuiltModel, folder: RunFolder, earlier: Earlier
    ) -> None:
        """Refuses what is not the spec and the data of a run that is finished, and writes nothing there."""
        import tempfile

        from kpipe.train.plan import make_plan
        from kpipe.train.run import compare
        from kpipe.train.run_folder.data_description import data_description
        from kpipe.train.run_folder.run_folder import RunFolder

        with tempfile.TemporaryDirectory() as empty:
            plan = make_plan(
                self.spec, built.model, prepared, RunFolder(Path(empty)), self.spec.place, running, built.labels
            )
        description = data_description(prepared, plan.objective, self.spec.data.max_pixels)
        compare(folder, earlier, built.model, plan, description, prepared.fingerprint(), _silent)

    def _ready(
        self, say: Callable[[str], None], folder: RunFolder | None = None, before: Spec | None = None
    ) -> tuple[Running, PreparedData, BuiltModel]:
        """The devices, which are claimed before TensorFlow computes anything, the data, and the model on them.

        Args:
            say: receives one line.
            folder: of the run that is resumed, whose categories and classes are kept.
            before: its spec, where its model must be built to be compared.
        """
        from kpipe.train.model_checks.serialization import check_saved_form
        from kpipe.train.resume.resume import refuse_changed_model
        from kpipe.train.run_folder.data_description import stored_categories, stored_classes

        running = self._started(say)
        stored: tuple[Any, ...] = ()
        if folder is not None and (folder / "data.json").exists():
            described = folder.read_json("data.json")
            stored = (stored_categories(described), stored_classes(described))
        prepared = self.prepared(say, *stored)
        with running.scope():
            # The earlier one first: what building draws is drawn from the beginning for the one that is trained.
            earlier = Pipeline(before).built(prepared) if before is not None else None
            built = self.built(prepared)
        if earlier is not None and folder is not None:
            refuse_changed_model(folder, earlier, built)
        check_saved_form(built.raw_model, built.layers, self.spec.place)
        return running, prepared, built

    def _started(self, say: Callable[[str], None]) -> Running:
        import tensorflow as tf

        from kpipe.train.devices.strategies.start import start

        if self.spec.train.deterministic:
            tf.config.experimental.enable_op_determinism()
        return start(self.spec.train.strategy, say)

    def _trained(
        self,
        running: Running,
        prepared: PreparedData,
        built: BuiltModel,
        folder: RunFolder,
        reporter: Reporter,
        resume: bool = False,
        earlier: Earlier | None = None,
    ) -> Run:
        from kpipe.train.devices.process_state import training
        from kpipe.train.run import train

        place, models = self.spec.place, (built.model, built.raw_model)
        with training():
            return train(
                self.spec,
                *models,
                prepared,
                folder,
                reporter=reporter,
                place=place,
                resume=resume,
                running=running,
                labels=built.labels,
                earlier=earlier,
            )

    @_in_own_code
    def prepared(
        self,
        say: Callable[[str], None],
        categories: Mapping[str, Any] | None = None,
        classes: Mapping[str, Sequence[str]] | None = None,
        *,
        fit: bool = True,
    ) -> PreparedData:
        """The data: opened, split, and the preparations fitted on the training part.

        Args:
            say: tells the user one line.
            categories: those of a finished run, so that tables are coded as they were then.
            classes: those of a finished run by target's name, so that labels are coded as they were then.
            fit: whether to fit the preparations; a finished run's model has its own.
        """
        from kpipe.components import build
        from kpipe.data.prepare.resolved import resolved_scales
        from kpipe.data.prepared import PreparedData
        from kpipe.data.sources.source import OpenContext
        from kpipe.data.splits import split
        from kpipe.data.stored_classes import adopt_classes

        data = self.spec.data
        source = build(data.source, "source")
        context = OpenContext(say, data.max_bad, cache_folder(), data.max_pixels)
        dataset = _placed(lambda: source.opened(context), data.source)
        adopt_classes(dataset, classes or {})
        parts = _placed(
            lambda: split(dataset, data.validation, data.test, self.spec.seed), self.spec.tree.entries["data"]
        )
        prepare = data.prepare or Node([], data.source.mark)
        stages = _stages(prepare, list(dataset.inputs))
        prepared: PreparedData = _placed(
            lambda: PreparedData(
                dataset,
                parts,
                stages,
                seed=self.spec.seed,
                batch_size=data.batch_size,
                last_batch=data.last_batch,
                memory=data.memory,
                categories=categories,
            ),
            prepare,
        )
        if prepare.items or prepare.entries:
            self.spec.resolved = resolved_scales(self.spec.tree.entries["data"].entries["prepare"], prepare, stages)
        if fit:
            _placed(lambda: prepared.steps("train"), self.spec.tree.entries["data"].entries["last_batch"])
            _placed(lambda: prepared.fit(say), prepare)
        return prepared

    @_in_own_code
    def built(self, prepared: PreparedData) -> BuiltModel:
        """The spec's model on prepared data, not compiled."""
        from kpipe.keras_internals import reset_name_counters
        from kpipe.model.build import build_model
        from kpipe.train.devices.precision import dtype_policy

        # Of what is inside of layers Keras numbers the names, which are the same each time then.
        reset_name_counters()
        with dtype_policy(self.spec.train.precision):
            return build_model(self.spec, prepared)


def _stages(prepare: Node, inputs: list[str]) -> dict[str, list[Any]]:
    """The preparations of each input, built."""
    from kpipe.components import build

    if prepare.is_mapping:
        for name in prepare.entries:
            if name not in inputs:
                message = f"the data have no input {name!r}; they have: {', '.join(inputs)}"
                raise SpecError([Problem(prepare.key_mark(name), f"data.prepare.{name}", message)])
        return {name: [build(item, "preparation") for item in node.items] for name, node in prepare.entries.items()}
    if len(inputs) > 1 and prepare.items:
        message = f"the data have several inputs; write a mapping by input: {', '.join(inputs)}"
        raise SpecError([Problem(prepare.mark, "data.prepare", message)])
    return {name: [build(item, "preparation") for item in prepare.items] for name in inputs}


def _placed(action: Callable[[], Any], node: Node) -> Any:
    """What `action` returns; what it refuses is said at its place at or below `node`."""
    try:
        return action()
    except DataError as error:
        raise DataError(problem=Problem(node.mark, node.path, str(error), related=node.chain)) from error
    except ArgumentError as error:
        places = [item for part in node.walk() for item in (_argument(part, error.argument),) if item is not None]
        place = places[0] if places else node
        raise SpecError([Problem(place.mark, place.path, error.message, error.suggestion, place.chain)]) from error


def _argument(node: Node, name: str) -> Node | None:
    parts = split_component(node) if node.is_mapping else None
    if parts is None or parts[1] is None:
        return None
    # `target` is short for `targets` of one.
    return parts[1].get(name) or parts[1].get(name.removesuffix("s"))


def _silent(_: str) -> None:
    return None
