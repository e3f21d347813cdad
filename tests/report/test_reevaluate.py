import io
import json
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.errors import DataError, SpecError
from kpipe.messages.reporter import Reporter
from kpipe.pipeline import load
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.reevaluate import chosen_part, reevaluate

FLOWERS = """
name: flowers
seed: 3
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
  epochs: 3
  regularize: {l2: 1e-2}
"""

DIGITS = """
name: digits_seen
seed: 3
data:
  source: Digits
  test: 0.1
  batch_size: 128
  prepare: [Rescale: {scale: 0.0625}]
model:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Flatten
  - Dropout: {rate: 0.3}
  - Dense: {units: =classes}
train: {epochs: 1}
"""

HOUSES = """
name: houses_raw
seed: 3
data:
  source: {Table: {path: houses.csv, targets: [price, kind]}}
  validation: 0.25
  prepare: [Standardize, OneHot]
model:
  - Dense: {units: 8, activation: relu, name: seen}
  - Dense: {units: 1, inputs: seen, name: price}
  - Dense: {units: =classes.kind, activation: softmax, inputs: seen, name: kind}
train:
  epochs: 2
  targets: {price: {weight: 0.01}, kind: {metrics: [accuracy]}}
"""


def houses(path: Path, kinds=("flat", "house", "hut"), rows=90) -> None:
    generator = np.random.default_rng(0)
    lines = [
        f"{50 + 100 * generator.random():.3f},{['north', 'south'][row % 2]},{100 * generator.random():.3f},{kinds[row % len(kinds)]}"
        for row in range(rows)
    ]
    path.write_text("area,district,price,kind\n" + "\n".join(lines) + "\n")


def trained(folder: Path, text: str) -> Path:
    (folder / "spec.yaml").write_text(text)
    load(folder / "spec.yaml").run(folder / "run", reporter=Reporter(messages=io.StringIO(), results=io.StringIO()))
    return folder / "run"


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("flowers"), FLOWERS)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("houses")
    houses(folder / "houses.csv")
    return trained(folder, HOUSES)


def measured(run: Path, part=None, form="json"):
    said: list[str] = []
    text = reevaluate(run, part, form, said.append)
    return (json.loads(text) if form == "json" else text), said


def result(run: Path) -> dict:
    return json.loads((run / "result.json").read_text())


def test_the_metrics_are_those_of_the_run(flowers):
    again, said = measured(flowers)
    before = result(flowers)
    assert (again["part"], again["samples"]) == ("test", 30)
    assert again["metrics"] == pytest.approx(before["test"], abs=1e-6)
    assert again["classes"] == before["classes"]
    assert again["confusion"] == before["confusion"]
    assert not [line for line in said if "changed" in line]


def test_the_loss_has_its_regularization(flowers):
    assert measured(flowers, "validation")[0]["metrics"] == pytest.approx(result(flowers)["validation"], abs=1e-6)


def test_several_targets_and_coded_columns(house):
    again, _ = measured(house)
    before = result(house)
    assert again["part"] == "validation"
    assert again["metrics"] == pytest.approx(before["validation"], rel=1e-6)
    assert again["confusion"] == before["confusion"]
    assert list(again["classes"]["kind"]) == ["flat", "house", "hut"]


def test_the_text(flowers):
    text, _ = measured(flowers, "train", "text")
    lines = text.splitlines()
    assert lines[0] == "flowers: train, 96 samples"
    assert "train: each class" in lines
    assert any(line.startswith("true \\ predicted") for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("digits"), DIGITS)


def test_averages_over_views_are_beside_the_plain_result(digits):
    plain, _ = measured(digits)
    said: list[str] = []
    found = json.loads(reevaluate(digits, None, "json", said.append, AveragingRequest("Flip")))
    averaged = found.pop("averaged")
    assert found == plain
    assert averaged["tta"] == "Flip"
    assert list(averaged["metrics"]) == list(plain["metrics"])
    assert averaged["metrics"] != plain["metrics"]
    assert np.sum(averaged["confusion"]["y"]) == found["samples"]
    text = reevaluate(digits, None, "text", said.append, AveragingRequest("Flip"))
    lines = text.splitlines()
    assert lines[2].split("  ")[-2:] == ["test", "test, Flip"]
    assert [line for line in lines if "each class" in line] == ["test: each class", "test, Flip: each class"]


def test_averages_over_masks_have_a_spread(digits):
    found, again = (
        json.loads(reevaluate(digits, None, "json", lambda line: None, AveragingRequest(samples=4)))["averaged"]
        for _ in range(2)
    )
    assert (found["samples"], found["seed"]) == (4, 3)
    assert 0 < found["spread"]["y"] < 0.2
    assert found == again
    both = json.loads(reevaluate(digits, None, "json", lambda line: None, AveragingRequest("Flip", 2, 7)))["averaged"]
    assert [both[key] for key in ("tta", "samples", "seed")] == ["Flip", 2, 7]
    text = reevaluate(digits, None, "text", lambda line: None, AveragingRequest("Flip", 2))
    assert "test, Flip, 2 masks" in text
    assert "mean standard deviation over the masks: 0." in text


def test_masks_that_cannot_be_drawn(flowers):
    with raises(SpecError):
        reevaluate(flowers, None, "text", lambda line: None, AveragingRequest(samples=2))


def test_views_that_cannot_be_made(digits, flowers):
    for run, tta in ((digits, "Flop"), (digits, "Flip=2"), (flowers, "Flip")):
        with raises(SpecError):
            reevaluate(run, None, "text", lambda line: None, AveragingRequest(tta))


def test_the_part():
    assert chosen_part(None, {"train": 1, "validation": 1, "test": 1}) == "test"
    assert chosen_part("train", {"train": 1}) == "train"
    with raises(DataError):
        chosen_part("test", {"train": 1, "validation": 1, "test": 0})
    with raises(DataError):
        chosen_part(None, {"train": 1})


def test_a_part_that_is_not_there(house):
    with raises(DataError):
        measured(house, "test")


def test_paths_that_are_not_runs(flowers, tmp_path):
    with raises(DataError):
        measured(tmp_path / "nothing")
    for name in ("model.keras", "data.json", "result.json", "spec.yaml"):
        with raises(DataError):
            measured(tmp_path)
        (tmp_path / name).write_bytes((flowers / name).read_bytes())
    (tmp_path / "model.keras").write_bytes(b"nothing")
    with raises(DataError):
        measured(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: houses(path, ("flat", "house", "hut", "tent"), 92),
        lambda path: houses(path, ("flat", "house")),
        lambda path: path.write_text(path.read_text().replace("area", "size")),
    ],
)
def test_data_that_changed(house, change):
    path = house.parent / "houses.csv"
    before = path.read_text()
    try:
        change(path)
        with raises(DataError):
            measured(house)
    finally:
        path.write_text(before)


def test_additional_rows_are_evaluated_and_reported(house):
    path = house.parent / "houses.csv"
    before = path.read_text()
    try:
        path.write_text(before + before.split("\n", 1)[1])
        again, said = measured(house)
    finally:
        path.write_text(before)
    assert again["samples"] == 45
    assert any("samples now: train 135, validation 45; then: train 68, validation 22" in line for line in said)
