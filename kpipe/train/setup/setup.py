"""Setting up a training: its devices, data and model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import tensorflow as tf

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.data.checks.finding import Finding
from kpipe.data.prepared import PreparedData
from kpipe.keras_internals import reset_name_counters
from kpipe.model.build import BuiltModel, build_model
from kpipe.model.freeze import freeze, frozen_line, initial_line
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
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session
from kpipe.train.start_from.start_model import start_model
from kpipe.train.start_from.start_report import StartReport


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The data, model and devices of a training, before the training is planned.

    Args:
        spec: a checked spec.
        prepared: the data with fitted preparations.
        built: the model on these data, not compiled.
        devices: the devices on which the model was built; by default those that TensorFlow chooses.
        began: when the setup began; by default now.
        findings: what the checks of the samples have found; by default nothing.
        started_from: the saved weights that were loaded; None for initial weights, and where a saved state is resumed.
    """

    spec: CheckedSpec
    prepared: PreparedData
    built: BuiltModel
    devices: Devices = DEFAULT_DEVICES
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    findings: Sequence[Finding] = ()
    started_from: StartReport | None = None


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

    Saved weights are loaded, unless the folder contains a state to resume from.

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
    findings = check_samples(spec, prepared.checked_samples(), say)
    with devices.scope():
        # The earlier model is built first, since building the second one starts the random sequence again.
        before = build_on_data(earlier, prepared) if earlier is not None else None
        built = build_on_data(spec, prepared)
    if before is not None and folder is not None:
        refuse_changed_model(folder, before, built)
    check_serialization(built.raw_model, built.layers, spec.place)
    is_resumed = folder is not None and Checkpoints(folder / RunFile.CHECKPOINTS).exist
    started_from = None if is_resumed else start_model(spec, built, prepared)
    for line in started_from.lines() if started_from is not None else ():
        say(line)
    if built.frozen:
        say(frozen_line(built, dropout=spec.train.frozen_dropout))
        loaded = () if started_from is None else started_from.loaded
        initial = None if is_resumed else initial_line(built, loaded)
        if initial is not None:
            say(initial)
    if built.multipliers:
        say(multipliers_line(built))
    return Setup(
        spec=spec,
        prepared=prepared,
        built=built,
        devices=devices,
        began=began,
        findings=findings,
        started_from=started_from,
    )


def build_on_data(spec: CheckedSpec, prepared: PreparedData) -> BuiltModel:
    """Return the model of a spec on prepared data, with the precision of the spec and not compiled.

    Args:
        spec: a checked spec.
        prepared: the data with fitted preparations.

    Raises:
        SpecError: the model cannot be built on these data.
    """
    # Keras numbers the automatic names inside layers, so that each build has to start at the same number.
    reset_name_counters()
    # The custom code of this spec has to be in use; an earlier spec may have other code.
    with spec_session(spec), dtype_policy(spec.train.precision):
        built = build_model(spec, prepared)
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
