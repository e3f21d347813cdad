import re

import keras
import numpy as np
import pytest
from golden import expect_messages, raises
from keras import layers
from PIL import Image

from kpipe.errors import DataError
from kpipe.pipeline import load
from kpipe.report.overview import (
    data_lines,
    layer_table,
    model_lines,
    overview,
    shortened,
)
from kpipe.report.overview_lines import steps_text
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session


def image_model() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    shared = layers.Conv2D(4, 1, name="again")
    x = shared(shared(x))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(2, 3), layers.ReLU()], name="inside")
    x = layers.Flatten(name="flat")(inner(x))
    return keras.Model(inputs, layers.Dense(1000, name="a_long_name_of_a_dense_layer_that_is_cut_in_its_middle")(x))


def test_the_table_and_its_totals():
    lines = model_lines(image_model())
    assert max(map(len, lines)) <= 80
    rows = {line.split()[0]: line.split() for line in lines if line}
    assert rows["image"] == ["image", "Input", "(8,", "8,", "3)", "0", "0"]
    assert rows["stem"][-2:] == ["108", f"{2 * 64 * 9 * 3 * 4:,}"]
    assert rows["norm"][-2:] == ["16", "0"]
    assert rows["again"][1:3] == ["Conv2D", "x2"] and rows["again"][-2:] == ["20", f"{2 * 2 * 64 * 16:,}"]
    assert rows["inside"][1] == "Sequential" and rows["inside"][-2:] == ["74", f"{2 * 36 * 9 * 4 * 2:,}"]
    flops = 2 * (64 * 108 + 2 * 64 * 16 + 36 * 72 + 72 * 1000)
    assert "parameters  73,218: 73,210 trainable, 8 not trainable" in lines
    assert f"FLOPs       {flops:,} for the forward pass of one sample" in lines
    long = next(line for line in lines if "…" in line)
    assert long.startswith("a_long_name") and "middle  Dense" in long


class Mine(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],))

    def call(self, inputs):
        return inputs * self.scale


def test_a_layer_that_cannot_be_counted():
    inputs = keras.Input((4,))
    lines = model_lines(keras.Model(inputs, layers.Dense(3)(Mine(name="mine")(inputs))))
    assert next(line for line in lines if line.startswith("mine")).split()[-2:] == ["4", "?"]
    assert "FLOPs       at least 24 for the forward pass of one sample" in lines
    assert lines[-1].split() == ["not", "counted", "mine"]


def test_wide_cells_share_the_width():
    rows = [["n" * 60, "C" * 40, "(1000, 1000, 1000)", "1,234,567,890", "1,234,567,890,123,456"]]
    lines = layer_table(["layer", "class", "output", "parameters", "FLOPs"], rows)
    assert {len(line) <= 80 for line in lines} == {True}
    assert lines[2].endswith("1,234,567,890  1,234,567,890,123,456")
    assert lines[2].count("…") == 3
    assert shortened("abcdefgh", 5) == "ab…gh"


SPEC = """
name: flowers
data:
  source: Iris
  test: 0.2
  validation: 0.2
  batch_size: 16
  prepare: [{Standardize: {per: feature}}]
model:
  - Dense: {units: 8, activation: relu}
  - Dense: {units: =classes}
train:
  epochs: 5
  optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}
"""


def test_the_whole_text_of_a_spec(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    spec = load(tmp_path / "spec.yaml").spec
    text = overview(spec, lambda line: None)
    assert text.startswith(spec.dump().rstrip())
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "FLOPs       112 for the forward pass of one sample" in lines
    after = lines[lines.index("data") + 1 :]
    assert [line.strip() for line in after] == [
        "input        table: table (4) float64, 4 numeric columns",
        "target       y: classification, 3 classes: setosa, versicolor, virginica",
        "samples      train 96, validation 24, test 30",
        "bad samples  none",
        "steps        6 per epoch, 30 in 5 epochs, each of 16",
    ]
    parameters = next(line for line in lines if line.startswith("parameters"))
    assert "67 trainable" in parameters
    optimizer = next(line for line in lines if line.startswith("  optimizer  "))
    assert optimizer.endswith("the state of SGD")


@pytest.mark.parametrize(
    ("last_batch", "text"),
    [
        ("keep", "4 per epoch, 20 in 5 epochs, the last of 6"),
        ("spread", "4 per epoch, 20 in 5 epochs, each of 24"),
        ("drop", "3 per epoch, 15 in 5 epochs, each of 30; 6 samples are dropped in each epoch"),
    ],
)
def test_what_becomes_of_the_remainder(tmp_path, last_batch, text):
    (tmp_path / "spec.yaml").write_text(SPEC)
    spec = load(tmp_path / "spec.yaml", {"data.batch_size": 30, "data.last_batch": last_batch}).spec
    with spec_session(spec):
        prepared = prepare_data(spec, lambda line: None)
        lines = data_lines(prepared, steps_text(prepared, 5))
    assert " ".join(" ".join(lines).split()).endswith(f"steps {text}")


def test_a_step_on_the_whole_training_part_is_one_per_epoch(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    overrides = {"data.batch_size": 30, "train.optimizer": "LBFGS", "train.epochs": 5}
    text = " ".join(overview(load(tmp_path / "spec.yaml", overrides).spec, lambda line: None).split())
    expected = "steps 1 per epoch, 5 in 5 epochs, each on the whole training part in 4 batches, the last of 6"
    assert text.endswith(expected)


def test_findings_are_reported_also_if_they_would_stop_a_run():
    sick = {"train.choose": {"monitor": "val_accuracy", "mode": "min"}, "data.batch_size": 200}
    said, ignored = [], []
    text = overview(load(SPEC, sick).spec, said.append)
    assert "parameters" in text
    assert [line.partition(" ")[0] for line in said if re.match("[EW][0-9]{3} ", line)] == ["E006", "W005"]
    overview(load(SPEC, {**sick, "checks.ignore": ["E006"]}).spec, ignored.append)
    assert [line for line in said if not line.startswith("E006")] == ignored


def test_a_loss_that_does_not_fit_is_reported_and_the_rest_shown():
    said = []
    text = overview(load(SPEC, {"train.loss": "BinaryCrossentropy"}).spec, said.append)
    assert "parameters" in text
    expect_messages(said)


@pytest.mark.slow
def test_the_sheet_of_training_samples(tmp_path):
    said, file = [], tmp_path / "sheet.png"
    spec = load("kpipe:digits").spec
    text = overview(spec, said.append, file)
    assert said[-1] == f"wrote {file}"
    with Image.open(file) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        colors = np.asarray(image)
    # Most of the pictures is grey; the paper is not.
    assert (colors == colors[..., :1]).all(-1).mean() > 0.5
    assert [entry.name for entry in tmp_path.iterdir()] == ["sheet.png"]
    assert text == overview(spec, lambda line: None)


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet", "no/sheet.png", "old.png"])
def test_a_sheet_that_cannot_be_written_is_refused_before_the_data_is_read(tmp_path, name):
    (tmp_path / "old.png").touch()
    (tmp_path / "spec.yaml").write_text(SPEC)
    said = []
    with raises(DataError):
        overview(load(tmp_path / "spec.yaml").spec, said.append, tmp_path / name)
    assert said == []


def test_a_sheet_needs_an_input_that_is_a_picture(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    with raises(DataError):
        overview(load(tmp_path / "spec.yaml").spec, lambda line: None, tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()
