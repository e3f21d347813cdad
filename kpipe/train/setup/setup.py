"""Setting up a training: its devices, data and model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import tensorflow as tf

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.data.cache.sample_store import silent
from kpipe.data.checks.finding import Finding
from kpipe.data.prepared import PreparedData
from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import reset_name_counters
from kpipe.messages.counted import counted
from kpipe.model.build import BuiltModel, build_model
from kpipe.model.freeze import freeze, frozen_line, initial_line, thaw
from kpipe.model.learning_rate_multipliers import learning_rate_multipliers, multipliers_line
from kpipe.run_files import RunFile
from kpipe.spec.node import split_component
from kpipe.train.devices.precision import dtype_policy
from kpipe.train.devices.report_devices import report_devices
from kpipe.train.devices.strategies.start import start
from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES, Devices
from kpipe.train.model_checks.serialization import check_serialization
from kpipe.train.resume.changed_model import refuse_changed_model
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.run_folder.data_description import stored_coding
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.check_samples import check_samples
from kpipe.train.setup.prepare_data import prepare_data, with_stage
from kpipe.train.setup.spec_session import spec_session
from kpipe.train.stages.applied_recipe import AppliedRecipe
from kpipe.train.stages.plain_stages import PlainStages, plain_stages
from kpipe.train.stages.stage import Stage
from kpipe.train.stages.stage_places import problems_of_stages
from kpipe.train.stages.stages_of import stages_of
from kpipe.train.start_from.start_model import start_model
from kpipe.train.start_from.start_report import StartReport


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The data, model and devices of a training, before the training is planned.

    Args:
        spec: a checked spec; that of the stage if the training has stages.
        prepared: the data with fitted preparations.
        built: the model on these data, not compiled.
        devices: the devices on which the model was built; by default those that TensorFlow chooses.
        began: when the setup began; by default now.
        findings: what the checks of the samples have found; by default nothing.
        started_from: the saved weights that were loaded; None for initial weights, and where a saved state is resumed.
        stage: the stage of the training; None if it has no stages.
        stages: the spec of the whole training, with its recipes written out; by default `written`, without any.
        written: the spec with its recipes; by default `spec`.
    """

    spec: CheckedSpec
    prepared: PreparedData
    built: BuiltModel
    devices: Devices = DEFAULT_DEVICES
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    findings: Sequence[Finding] = ()
    started_from: StartReport | None = None
    stage: Stage | None = None
    stages: PlainStages | None = None
    written: CheckedSpec | None = None

    @property
    def whole(self) -> CheckedSpec:
        """The spec of the whole training, with its recipes written out."""
        return self.given if self.stages is None else self.stages.spec

    @property
    def recipes(self) -> Sequence[AppliedRecipe]:
        """The recipes that were written out."""
        return () if self.stages is None else self.stages.recipes

    @property
    def given(self) -> CheckedSpec:
        """The spec of the whole training as the user has written it."""
        return self.spec if self.written is None else self.written


def set_up(
    spec: CheckedSpec,
    say: Callable[[str], None],
    folder: RunFolder | None = None,
    earlier: CheckedSpec | None = None,
    *,
    reports_devices: bool = False,
    one_device: bool = False,
) -> Setup:
    """Claim the devices of a spec, prepare its data, and build its model; call it inside `spec_session`.

    Saved weights are loaded, unless the folder contains a state to resume from. Of a training with stages, this is the
    first one; `enter_stage` sets up another.

    Args:
        spec: a checked spec.
        say: receives each message about devices and data.
        folder: the folder of a resumed run, whose categories and classes are used again; None for a new run.
        earlier: the spec of the resumed run if its model has to be built and compared.
        reports_devices: whether to report the devices, as the start of a run does; default False.
        one_device: whether to use a single device instead of several replicas, default False.

    Raises:
        SpecError: the spec does not fit the data or the devices, or its model cannot be loaded after saving.
        DataError: the data cannot be used, or `data.checks: strict` refuses it, or the model differs from that of the
            earlier spec.
    """
    began = datetime.now(UTC)
    devices = _claim_devices(spec, say, one_device)
    if reports_devices:
        report_devices(devices, say)
    prepared = prepare_data(spec, say, *(stored_coding(folder) if folder is not None else ()))
    with devices.scope():
        # The earlier model is built first, since building the second one starts the random sequence again.
        before = build_on_data(earlier, prepared) if earlier is not None else None
        built, stages = build_stages(spec, prepared)
    stage = stages_of(stages.spec)[0]
    for recipe in stages.recipes:
        say(recipe.line)
    prepared = with_stage(prepared, spec, stage.spec, say)
    findings = check_samples(spec, prepared.checked_samples(), say)
    if before is not None and folder is not None:
        refuse_changed_model(folder, before, built)
    check_serialization(built.raw_model, built.layers, spec.place)
    is_resumed = folder is not None and Checkpoints(folder / RunFile.CHECKPOINTS).exist
    started_from = None if is_resumed else start_model(spec, built, prepared)
    for line in started_from.lines() if started_from is not None else ():
        say(line)
    setup = Setup(
        spec=stage.spec,
        prepared=prepared,
        built=built,
        devices=devices,
        began=began,
        findings=findings,
        started_from=started_from,
        stage=None if spec.train.stages is None else stage,
        stages=stages,
        written=spec,
    )
    # The stage of a resumed training is not known yet.
    if setup.stage is None or not is_resumed:
        for line in stage_lines(setup, is_resumed=is_resumed):
            say(line)
    return setup


def enter_stage(setup: Setup, stage: Stage, say: Callable[[str], None] = silent) -> Setup:
    """Return the setup of another stage of a training, with the same model and its current weights.

    Args:
        setup: the setup of any stage.
        stage: the stage.
        say: receives each message about the data; by default nothing is reported.

    Raises:
        SpecError: the stage does not fit the model or the data.
    """
    prepared = with_stage(setup.prepared, setup.spec, stage.spec, say)
    thaw(setup.built)
    return replace(
        setup, spec=stage.spec, prepared=prepared, built=_with_trained_layers(stage.spec, setup.built), stage=stage
    )


def stage_lines(setup: Setup, *, is_resumed: bool = False) -> Iterator[str]:
    """Yield messages about what is trained in a stage, or in a training without stages.

    Args:
        setup: its setup.
        is_resumed: whether its layers have other weights than initial and loaded ones, default False.
    """
    built, options = setup.built, setup.spec.train
    if setup.stage is not None:
        yield f"{setup.stage.title}: {counted(options.epochs, 'epoch')}"
        is_resumed = is_resumed or setup.stage.number > 1
    if built.frozen:
        yield frozen_line(built, dropout=options.frozen_dropout)
        loaded = () if setup.started_from is None else setup.started_from.loaded
        initial = None if is_resumed else initial_line(built, loaded)
        if initial is not None:
            yield initial
    if built.multipliers:
        yield multipliers_line(built)


def build_on_data(spec: CheckedSpec, prepared: PreparedData) -> BuiltModel:
    """Return the model of a spec on prepared data, with the precision of the spec and not compiled.

    Layers are frozen as in the first stage.

    Args:
        spec: a checked spec.
        prepared: the data with fitted preparations.

    Raises:
        SpecError: the model cannot be built on these data.
    """
    return build_stages(spec, prepared)[0]


def build_stages(spec: CheckedSpec, prepared: PreparedData) -> tuple[BuiltModel, PlainStages]:
    """Return the model as `build_on_data` does, and the spec with its recipes written out.

    Args:
        spec: a checked spec.
        prepared: the data with fitted preparations.

    Raises:
        SpecError: the model cannot be built on these data, or a recipe does not fit them.
    """
    # Keras numbers the automatic names inside layers, so that each build has to start at the same number.
    reset_name_counters()
    # The custom code of this spec has to be in use; an earlier spec may have other code.
    with spec_session(spec), dtype_policy(spec.train.precision):
        built = build_model(spec, prepared)
        stages = plain_stages(spec, built, prepared)
        found = stages_of(stages.spec)
        if len(found) > 1:
            _check_layers(found, built)
        return _with_trained_layers(found[0].spec, built), stages


def _check_layers(stages: Sequence[Stage], built: BuiltModel) -> None:
    """Check which layers the stages train, all of them before an error is raised."""
    problems: list[tuple[Stage, Problem]] = []
    for stage in stages:
        try:
            _with_trained_layers(stage.spec, built)
        except SpecError as error:
            problems += [(stage, problem) for problem in error.problems]
        finally:
            thaw(built)
    if problems:
        raise SpecError(problems_of_stages(problems, len(stages)))


def _with_trained_layers(spec: CheckedSpec, built: BuiltModel) -> BuiltModel:
    """Freeze layers as a spec without stages describes it, and return the model with their names and factors."""
    frozen = freeze(spec, built)
    return replace(built, frozen=frozen, multipliers=learning_rate_multipliers(spec, built))


def _claim_devices(spec: CheckedSpec, say: Callable[[str], None], one_device: bool) -> Devices:
    """Claim the devices, before TensorFlow computes anything."""
    if spec.train.deterministic:
        tf.config.experimental.enable_op_determinism()
    node = spec.train.strategy
    if one_device and (node is None or (split_component(node) or ("",))[0] != "OneDevice"):
        return DEFAULT_DEVICES
    return start(node, say)
