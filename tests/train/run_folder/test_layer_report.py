"""The measurements of layers in `layers.csv` and in TensorBoard."""

import csv

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import LayerMeasurement
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kpipe.errors import SpecError
from kpipe.train.run_folder.run_folder import RunFolder

from ..stand_in import blobs, classifier, numbers
from ..test_run import trained

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

STEPS = 8
COLUMNS = "step,epoch,layer,mean,deviation,dead,saturated,gradient_norm,update_ratio"


def run(folder, every=3, name="run", **fields):
    callbacks = [{"LayerStatistics": {"every_steps": every}}] if every else []
    data = blobs(samples=200, validation=50, test=30)
    return trained(folder, data, folder=name, **{"epochs": 2, "callbacks": callbacks, **fields}), data


def rows(found):
    with (found.folder / "layers.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tmp_path_factory.mktemp("layers"))


def test_each_measurement_has_a_row_for_each_layer(finished):
    found, _ = finished
    assert (found.folder / "layers.csv").read_text().splitlines()[0] == COLUMNS
    layers = [entry.name for entry in classifier().layers if entry.weights]
    steps = [1, 3, 6, 9, 12, 15]
    table = rows(found)
    assert [int(row["step"]) for row in table] == [step for step in steps for _ in layers]
    assert [int(row["epoch"]) for row in table] == [1 + (step > STEPS) for step in steps for _ in layers]
    assert table[2]["layer"] == "out"
    assert [bool(row["dead"]) for row in table[:3]] == [True, False, False]
    assert all(row["saturated"] == "" for row in table)
    assert all(float(row["update_ratio"]) > 0 for row in table)


def test_the_last_row_is_that_of_the_model(tmp_path):
    found, data = run(tmp_path, every=STEPS, epochs=1)
    model = keras.models.load_model(found.folder / "model.keras")
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    indices = data.order("train", 0)[: data.batch_size]
    batch = data.arrays["x"][indices], data.dataset.labels["y"][indices]
    expected = LayerMeasurement(model, batch)().layers[-1]
    row = rows(found)[-1]
    assert float(row["mean"]) == pytest.approx(expected.mean, rel=1e-5)
    assert float(row["deviation"]) == pytest.approx(expected.deviation, rel=1e-5)
    assert float(row["gradient_norm"]) == pytest.approx(expected.gradient_norm, rel=1e-5)


def test_the_training_does_not_notice(finished, tmp_path):
    found, _ = finished
    plain, _ = run(tmp_path, every=None)
    pairs = zip(found.model.variables, plain.model.variables, strict=True)
    assert all(numbers(first).tobytes() == numbers(second).tobytes() for first, second in pairs)
    assert {**found.history, "seconds": None} == {**plain.history, "seconds": None}
    assert not (plain.folder / "layers.csv").exists()


def test_tensorboard_reads_scalars_and_histograms(finished):
    found, _ = finished
    folder = str(found.folder / "tensorboard" / "train")
    events = EventAccumulator(folder, size_guidance={"histograms": 0, "scalars": 0}).Reload()
    names = ("deviation", "gradient_norm", "mean", "update_ratio", "weight_norm")
    scalars = sorted(name for name in events.Tags()["scalars"] if name.startswith("layers/out/"))
    assert scalars == [f"layers/out/{name}" for name in names]
    table = [row for row in rows(found) if row["layer"] == "out"]
    for name in names[:-1]:
        curve = events.Scalars(f"layers/out/{name}")
        assert [event.step for event in curve] == [int(row["step"]) for row in table]
        assert [event.value for event in curve] == pytest.approx([float(row[name]) for row in table], rel=1e-6)
    histograms = [event.histogram_value for event in events.Histograms("layers/out/outputs")]
    # The classes of a batch of 16 samples.
    assert [entry.num for entry in histograms] == [sum(entry.bucket) for entry in histograms] == [16 * 3] * len(table)
    means = [entry.sum / entry.num for entry in histograms]
    assert means == pytest.approx([float(row["mean"]) for row in table], rel=1e-5)


def test_with_several_steps_per_call_the_last_one_is_reported(tmp_path):
    found, _ = run(tmp_path, steps_per_execution=4)
    assert sorted({int(row["step"]) for row in rows(found)}) == [4, 8, 12, 16]


def test_two_are_refused(tmp_path):
    with raises(SpecError):
        run(tmp_path, callbacks=["LayerStatistics", {"LayerStatistics": {"every_steps": 5}}])


def test_values_that_are_not_finite_are_written(tmp_path):
    model = classifier()
    model.get_layer("out").kernel.assign(np.full((8, 3), np.nan))
    with pytest.raises(Exception, match=r"NaN|finite"):
        trained(tmp_path, model=model, epochs=1, callbacks=["LayerStatistics"])
    with (RunFolder(tmp_path / "run") / "layers.csv").open(newline="") as file:
        last = list(csv.DictReader(file))[2]
    assert (last["layer"], last["mean"]) == ("out", "nan")
