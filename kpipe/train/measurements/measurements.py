"""All measurements of a run for its diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpipe.checks.stage_epochs import total_epochs
from kpipe.run_files import RunFile
from kpipe.train.measurements.epoch_measurements import EpochMeasurements
from kpipe.train.measurements.step_losses import StepLosses
from kpipe.train.measurements.training_sample import TrainingSample
from kpipe.train.plan import Plan
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import Setup
from kpipe.train.stages.stage_start import StageStart
from kpipe.train.step_sizes import step_sizes


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """All measurements of a run for its diagnosis.

    Args:
        steps: the losses of its steps.
        epochs: the measurements of its epochs.
    """

    steps: StepLosses
    epochs: EpochMeasurements

    @classmethod
    def of(cls, setup: Setup, plan: Plan, folder: RunFolder, start: StageStart | None = None) -> Measurements:
        """Return the measurements of a planned run, or of one of its stages.

        Args:
            setup: the data, the model and the devices.
            plan: the plan.
            folder: the run folder.
            start: where the stage begins; by default at the beginning of the training.
        """
        prepared, validator, epochs = setup.prepared, plan.validator, total_epochs(setup.whole.train)
        sample = None if validator is None else TrainingSample(prepared, plan.objective, validator.evaluator, epochs)
        sizes = step_sizes(setup.spec.train, prepared)
        return cls(
            steps=StepLosses(folder, sizes, setup.devices.replicas, start),
            epochs=EpochMeasurements(folder, setup.built.model, sample, steps=len(sizes), start=start),
        )

    @property
    def observers(self) -> tuple[StepLosses, EpochMeasurements]:
        """Both, as observers of the loop."""
        return self.steps, self.epochs

    @property
    def files(self) -> Mapping[str, StepLosses | EpochMeasurements]:
        """Both, by the names of their files."""
        return {RunFile.STEPS: self.steps, RunFile.MEASUREMENTS: self.epochs}
