import csv

import keras
import numpy as np
import pytest

from kpipe.messages.training_position import TrainingPosition
from kpipe.train.measurements.epoch_measurements import EpochMeasurements, penalty
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.stage_start import StageStart


class Sample:
    every = 2

    def evaluate(self, check_data=None):
        return {"loss": 0.25}


def model(**optimizer):
    dense = keras.layers.Dense(2, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5))
    found = keras.Sequential([keras.Input((2,)), dense])
    found.compile(keras.optimizers.SGD(**optimizer), "mse")
    return found


def rows(folder):
    with (folder / "measurements.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def epoch(measurements, own, number, changes):
    """An epoch in which each step adds to the kernel."""
    measurements.epoch_begins(number)
    kernel = own.layers[0].kernel
    for step, change in enumerate(changes, start=1):
        kernel.assign(kernel + change)
        measurements.step_ends(step, {})
    measurements.evaluate()
    measurements.epoch_ends(TrainingPosition(number, number * len(changes)), {}, 0.0)


def test_the_update_of_the_last_step_is_measured(tmp_path):
    own = model()
    measurements = EpochMeasurements(RunFolder(tmp_path), own, None, steps=3)
    epoch(measurements, own, 1, [1.0, 2.0, 0.4])
    (row,) = rows(tmp_path)
    # All four entries were 4 before the last step.
    assert float(row["update_ratio"]) == pytest.approx(0.1, rel=1e-6)
    assert float(row["penalty"]) == pytest.approx(0.5 * 4 * 4.4**2, rel=1e-6)


def test_an_epoch_of_one_step_and_an_accumulated_update_are_measured(tmp_path):
    own = model(gradient_accumulation_steps=2)
    measurements = EpochMeasurements(RunFolder(tmp_path), own, None, steps=4)
    epoch(measurements, own, 1, [1.0, 0.0, 0.0, 0.5])
    assert float(rows(tmp_path)[0]["update_ratio"]) == pytest.approx(0.25)
    other = model()
    single = EpochMeasurements(RunFolder.shared(tmp_path / "b"), other, None, steps=1)
    epoch(single, other, 1, [1.0])
    assert float(rows(tmp_path / "b")[0]["update_ratio"]) == pytest.approx(1.0)


def test_epochs_are_measured_at_growing_distances(tmp_path):
    own = model()
    measurements = EpochMeasurements(RunFolder(tmp_path), own, Sample(), steps=1)
    for number in range(1, 421):
        epoch(measurements, own, number, [0.0])
    found = [int(row["epoch"]) for row in rows(tmp_path)]
    assert found == [*range(2, 201, 2), *range(204, 401, 4), 408, 416]
    assert {row["loss"] for row in rows(tmp_path)} == {"0.25"}


@pytest.mark.parametrize(("start", "measured"), [(StageStart(), [4, 6]), (StageStart(1, 2, 2), [3, 4, 6])])
def test_the_first_epoch_of_a_later_stage_is_measured(tmp_path, start, measured):
    own = model()
    measurements = EpochMeasurements(RunFolder(tmp_path), own, Sample(), steps=1, start=start)
    for number in range(3, 7):
        epoch(measurements, own, number, [1.0])
    assert [int(row["epoch"]) for row in rows(tmp_path)] == measured
    assert float(rows(tmp_path)[0]["update_ratio"]) > 0


def test_a_state_keeps_the_weights_before_the_last_step(tmp_path):
    own = model()
    first = EpochMeasurements(RunFolder(tmp_path), own, None, steps=2)
    first.epoch_begins(1)
    own.layers[0].kernel.assign_add(np.ones((2, 2)))
    first.step_ends(1, {})
    again = EpochMeasurements(RunFolder(tmp_path), own, None, steps=2)
    again.set_state(first.state())
    own.layers[0].kernel.assign_add(np.ones((2, 2)))
    again.epoch_ends(TrainingPosition(1, 2), {}, 0.0)
    assert float(rows(tmp_path)[0]["update_ratio"]) == pytest.approx(0.5)


def test_penalties_are_those_of_the_loss():
    own = model()
    x, y = np.zeros((4, 2), "float32"), np.zeros((4, 2), "float32")
    assert penalty(own) == pytest.approx(own.evaluate(x, y, verbose=0), rel=1e-6)
