"""Predictions of averages, against those of `kpipe evaluate` and against NumPy."""

import csv
import io
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from golden import raises
from PIL import Image

import kpipe
from kpipe.data.evaluation import Evaluation
from kpipe.errors import DataError, SpecError
from kpipe.messages.reporter import Reporter
from kpipe.pipeline import load
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.predict import predict_files
from kpipe.report.reevaluate import reevaluate
from kpipe.train.averaging.random_layers import random_layers

SIZE = (12, 12)
SAMPLES = 24


def predicted(run, paths, tta=None, form="json", **masks):
    results, messages = io.StringIO(), io.StringIO()
    predict_files(
        run, paths, form, None, Reporter(messages=messages, results=results), None, AveragingRequest(tta, **masks)
    )
    return json.loads(results.getvalue()) if form == "json" else results.getvalue()


def softmax(values):
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (SAMPLES, *SIZE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def run(tmp_path_factory, pictures):
    """A run on images that are resized and cropped, with logits of three classes."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, picture in enumerate(pictures):
        (folder / "photos" / "abc"[number % 3]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / "photos" / "abc"[number % 3] / f"{number:02}.png")
    data = {
        "source": {"ImageFolder": {"train": str(folder / "photos")}},
        "validation": 0,
        "workers": 0,
        "prepare": [{"Resize": {"height": 9, "width": 11}}, "Rescale"],
        "augment": [{"RandomCrop": {"height": 8, "width": 8}}],
        "evaluate": {"transform": [{"CenterCrop": {"height": 8, "width": 8}}]},
    }
    model = [{"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu"}}, "Flatten", {"Dense": {"units": 3}}]
    spec = {"name": "pictures", "seed": 2, "data": data, "model": model, "train": {"epochs": 1}}
    made = load(spec).run(folder / "run", reporter=Reporter(messages=io.StringIO(), results=io.StringIO()))
    return folder, made


def test_the_mirror_image_is_that_of_the_evaluated_image(run, pictures):
    folder, made = run
    found = predicted(folder / "run", [folder / "photos"], "Flip")
    plain = predicted(folder / "run", [folder / "photos"])
    assert [entry["sample"] for entry in found] == [entry["sample"] for entry in plain]
    inner = next(layer for layer in made.model.layers if layer.name == "pictures")
    crop = Evaluation([{"Resize": {"height": 9, "width": 11}}, {"CenterCrop": {"height": 8, "width": 8}}])
    for entry in found:
        image = crop.image(np.asarray(Image.open(entry["sample"])))
        views = np.stack([image, image[:, ::-1]])
        p = softmax(np.asarray(inner(views, training=False), np.float64)).mean(axis=0)
        assert list(entry["probabilities"].values()) == pytest.approx(p, abs=1e-6)
        assert entry["prediction"] == "abc"[p.argmax()]
    assert [entry["probabilities"] for entry in found] != [entry["probabilities"] for entry in plain]


def test_predictions_are_the_answers_of_an_evaluation(run):
    folder, _ = run
    for tta in ("Flip", "TenCrop", "Draws=3", "ResNetScales: {scales: [8, 10]}"):
        averaged = json.loads(reevaluate(folder / "run", "train", "json", lambda line: None, AveragingRequest(tta)))[
            "averaged"
        ]
        found = predicted(folder / "run", [folder / "photos"], tta)
        true = np.array(["abc".index(entry["sample"].rsplit("/", 2)[1]) for entry in found])
        p = np.array([list(entry["probabilities"].values()) for entry in found])
        assert averaged["metrics"]["loss"] == pytest.approx(-np.log(p[np.arange(SAMPLES), true]).mean(), abs=1e-5)


def test_a_picture_and_a_table_with_prepared_numbers_to_predict(tmp_path):
    overrides = {"train.epochs": 1, "data.augment": {"picture": [{"RandomBrightnessContrast": {"p": 1}}]}}
    spec = load("kpipe:houses-photos", overrides)
    made = spec.run(tmp_path / "run", reporter=Reporter(messages=io.StringIO(), results=io.StringIO()))
    table = Path(kpipe.__file__).parent.parent / "pipelines" / "data" / "houses-photos.csv"
    plain = predicted(tmp_path / "run", [table])
    found = predicted(tmp_path / "run", [table], "Flip")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    pictures = np.stack([np.asarray(Image.open(table.parent / row["photo"])) for row in rows[:5]])
    columns = {name: tensor.dtype for name, tensor in made.model.input["table"].items()}
    values = {
        name: tf.constant([[float(row[name]) if dtype != "string" else row[name]] for row in rows[:5]], dtype)
        for name, dtype in columns.items()
    }
    outputs = [
        made.model({"picture": tf.constant(pictures[:, :, ::turn], tf.float32), "table": values}, training=False)
        for turn in (1, -1)
    ]
    p = np.mean([softmax(np.asarray(output["kind"], np.float64)) for output in outputs], axis=0)
    prices = np.mean([np.asarray(output["price"], np.float64) for output in outputs], axis=0)[:, 0]
    for number in range(5):
        assert list(found[number]["kind"]["probabilities"].values()) == pytest.approx(p[number], abs=1e-6)
        assert found[number]["price"]["prediction"] == pytest.approx(prices[number], rel=1e-6)
    assert plain[0] != found[0]
    text = predicted(tmp_path / "run", [table], "Draws=2", "csv")
    assert text.splitlines()[0].startswith("sample,kind.prediction,kind.probability,")
    assert text == predicted(tmp_path / "run", [table], "Draws=2", "csv")


def test_views_that_cannot_be_made(run):
    folder, _ = run
    for tta in ("Flop", "ResNetScales=[4]"):
        with raises(SpecError):
            predicted(folder / "run", [folder / "photos"], tta)


def test_a_sample_that_cannot_be_read_has_no_views(run, tmp_path):
    folder, _ = run
    (tmp_path / "bad.png").write_bytes(b"no image")
    picture = next((folder / "photos" / "a").iterdir())
    results = io.StringIO()
    with pytest.raises(DataError, match="1 of 2 samples"):
        predict_files(
            folder / "run",
            [tmp_path / "bad.png", picture],
            "json",
            None,
            Reporter(messages=io.StringIO(), results=results),
            averages=AveragingRequest("Flip"),
        )
    bad, good = json.loads(results.getvalue())
    assert sorted(bad) == ["error", "sample"]
    assert good["sample"] == str(picture)


def test_the_data_of_the_run_is_not_needed(run, tmp_path):
    folder, _ = run
    picture = next((folder / "photos" / "a").iterdir())
    expected = predicted(folder / "run", [picture], "TenCrop")
    shutil.copytree(folder / "run", tmp_path / "run")
    spec = (tmp_path / "run" / "spec.yaml").read_text()
    assert str(folder / "photos") in spec
    (tmp_path / "run" / "spec.yaml").write_text(spec.replace(str(folder / "photos"), str(tmp_path / "absent")))
    assert predicted(tmp_path / "run", [picture], "TenCrop") == expected


def test_masks_of_a_table(tmp_path):
    data = {"source": "Iris", "validation": 0.2, "prepare": [{"Standardize": {"per": "feature"}}]}
    model = [{"Dense": {"units": 8, "activation": "relu"}}, {"Dropout": {"rate": 0.5}}, {"Dense": {"units": 3}}]
    spec = {"name": "noisy", "seed": 4, "data": data, "model": model, "train": {"epochs": 1}}
    load(spec).run(tmp_path / "run", reporter=Reporter(messages=io.StringIO(), results=io.StringIO()))
    described = json.loads((tmp_path / "run" / "data.json").read_text())
    names = [column["name"] for column in described["inputs"]["table"]["columns"]]
    rows = np.random.default_rng(0).uniform(1, 6, (7, 4)).round(3)
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    found = predicted(tmp_path / "run", [tmp_path / "rows.csv"], samples=6)
    raw = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    with random_layers(raw, 4):
        p = softmax(np.stack([np.asarray(raw(rows.astype(np.float32)), np.float64) for _ in range(6)]))
    for number, entry in enumerate(found):
        assert list(entry["probabilities"].values()) == pytest.approx(p.mean(axis=0)[number], abs=1e-6)
        assert list(entry["spread"].values()) == pytest.approx(p.std(axis=0)[number], abs=1e-6)
    assert found == predicted(tmp_path / "run", [tmp_path / "rows.csv"], samples=6, seed=4)
    assert found != predicted(tmp_path / "run", [tmp_path / "rows.csv"], samples=6, seed=5)
    text = predicted(tmp_path / "run", [tmp_path / "rows.csv"], form="csv", samples=6)
    assert text.splitlines()[1].split(",")[2] == str(found[0]["probability"])


def test_masks_that_cannot_be_drawn(run):
    folder, _ = run
    with raises(SpecError):
        predicted(folder / "run", [folder / "photos"], samples=3)


def test_answers_that_are_images_are_mirrored_back(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=(x[..., 0] > 128).astype(np.int64))
    np.save(tmp_path / "x.npy", x[:3])
    spec = {
        "name": "masks",
        "data": {"source": {"Arrays": {"path": str(tmp_path / "a.npz")}}, "prepare": ["Rescale"]},
        "model": [
            {"GaussianNoise": {"stddev": 0.1}},
            {"Conv2D": {"filters": "=classes", "kernel_size": 3, "padding": "same"}},
        ],
        "train": {"epochs": 1},
    }
    made = load(spec).run(tmp_path / "run", reporter=Reporter(messages=io.StringIO(), results=io.StringIO()))
    found = predicted(tmp_path / "run", [tmp_path / "x.npy"], "Flip")
    plain, mirrored = (
        softmax(np.asarray(made.model(x[:3, :, ::turn].astype(np.float32), training=False), np.float64))
        for turn in (1, -1)
    )
    p = (plain + mirrored[:, :, ::-1]) / 2
    for number, entry in enumerate(found):
        np.testing.assert_allclose(list(entry["probabilities"].values()), np.moveaxis(p[number], -1, 0), atol=1e-6)
    spread = predicted(tmp_path / "run", [tmp_path / "x.npy"], "Flip", samples=3)[0]["spread"]
    assert np.shape(list(spread.values())) == (2, 8, 8)
