from pathlib import Path

import numpy as np
import pytest
import yaml
from golden import raises
from PIL import Image

from kpipe.errors import DataError
from kpipe.pipeline import load
from kpipe.report.sheets.class_color import class_color
from kpipe.report.sheets.spec_mixing import spec_mixing
from kpipe.report.sheets.training_sheet import training_sheet
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.setup import build_on_data
from kpipe.train.setup.spec_session import spec_session


def sheet_of(spec, count=6):
    pipeline = load({"name": "few", "train": {"epochs": 1, "optimizer": "SGD"}, **spec})
    with spec_session(pipeline.spec):
        prepared = prepare_data(pipeline.spec, lambda line: None)
        mixing = spec_mixing(pipeline.spec, prepared, build_on_data(pipeline.spec, prepared).model)
        return prepared, training_sheet(pipeline.spec.name, prepared, mixing, "--images sheet.png", count)


def digits(**data):
    model = ["Flatten", {"Dense": {"units": "=classes"}}]
    return {"data": {"source": "Digits", "workers": 0, **data}, "model": model}


def test_originals_and_what_the_network_receives():
    prepared, sheet = sheet_of(digits(prepare=[{"Rescale": {"scale": 0.0625}}]))
    assert sheet.title == "few: 6 of 1,617 training samples, in the order of the first epoch"
    assert sheet.notes[0].replace("\u00a0", " ").startswith("image, original: uint8, 0 to 16, mean ")
    assert sheet.notes[0].endswith("; 0 is black, 16 is white")
    assert (
        sheet.notes[1]
        .replace("\u00a0", " ")
        .startswith("image, as the network receives it after Rescale: 8 x 8 x 1, 0 to 1, mean 0.")
    )
    assert sheet.notes[1].endswith("; 0 is black, 1 is white")
    for cell in sheet.cells:
        index = int(cell.name.removeprefix("sample "))
        sample = prepared.dataset.read(np.array([index]))["image"][0]
        expected = np.rint(np.broadcast_to(sample, (8, 8, 3)) / 16 * 255)
        for picture in cell.pictures:
            np.testing.assert_array_equal(picture.pixels, expected)
        assert cell.heading == str(prepared.dataset.labels["y"][index])
        assert cell.pictures[0].note == "original 8 x 8"
        mean = f"{sample.mean() / 16:.3g}"
        assert cell.pictures[1].note.replace("\u00a0", " ") == f"network: 0 to {sample.max() / 16:.3g}, mean {mean}"


def test_values_that_are_scaled_twice_are_seen():
    _, sheet = sheet_of(digits(prepare=["Rescale", "Rescale"]))
    assert "after Rescale, Rescale: 8 x 8 x 1, 0 to 0.000246, mean " in sheet.notes[1].replace("\u00a0", " ")


def test_prepared_samples_without_height_and_width_are_shown_before_the_preparation():
    _, sheet = sheet_of(digits(prepare=["Rescale", {"PCA": {"components": 5}}]))
    assert "as the network receives it after Rescale, PCA: 5, -" in sheet.notes[1].replace("\u00a0", " ")
    assert sheet.notes[1].endswith("; the pictures show what Rescale receives, 0 is black, 16 is white")
    np.testing.assert_array_equal(sheet.cells[0].pictures[0].pixels, sheet.cells[0].pictures[1].pixels)


def test_mixed_samples_show_both_originals_with_their_shares():
    prepared, sheet = sheet_of(digits(mix=["MixUp"]), count=20)
    assert (
        sheet.notes[0]
        .replace("\u00a0", " ")
        .startswith("image, original (two for mixed samples, with their shares): uint8")
    )
    for cell in sheet.cells:
        own, other, network = cell.pictures
        for name, picture in ((cell.name, own), (cell.partner or cell.name, other)):
            sample = prepared.dataset.read(np.array([int(name.removeprefix("sample "))]))["image"][0]
            np.testing.assert_array_equal(picture.pixels, np.rint(np.broadcast_to(sample, (8, 8, 3)) / 16 * 255))
        share, rest = (picture.note.removeprefix("original 8 x 8, ") for picture in (own, other))
        if cell.heading.isdigit():
            continue
        first, second = cell.heading.split(" + ")
        assert (first.split()[0], second.split()[0]) == (share, rest)
        if share[0] not in "<>":
            assert float(share) + float(rest) == pytest.approx(1)
            expected = float(share) * own.pixels.astype(float) + float(rest) * other.pixels
            assert np.abs(network.pixels - expected).max() < 3
    assert sum("+" in cell.heading for cell in sheet.cells) > 10


@pytest.fixture
def pairs(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ("photos", "masks", "noisy"):
        (tmp_path / folder).mkdir()
    for place in range(12):
        Image.fromarray(rng.integers(0, 256, (10, 12, 3), np.uint8)).save(tmp_path / "photos" / f"{place}.png")
        Image.fromarray(rng.integers(0, 3, (10, 12), np.uint8)).save(tmp_path / "masks" / f"{place}.png")
        Image.fromarray(rng.integers(0, 256, (10, 12), np.uint8)).save(tmp_path / "noisy" / f"{place}.png")
    return tmp_path


def test_masks_are_overlays_with_a_legend(pairs):
    source = {"inputs": {"image": str(pairs / "photos")}, "masks": {"mask": str(pairs / "masks")}}
    prepared, sheet = sheet_of(
        {
            "data": {"source": {"ImagePairs": {**source, "classes": ["sky", "sea", "sand"]}}, "prepare": ["Rescale"]},
            "model": [{"Conv2D": {"filters": "=classes", "kernel_size": 1}}],
        }
    )
    assert sheet.legend == [(class_color(index), name) for index, name in enumerate(["sky", "sea", "sand"])]
    for cell in sheet.cells:
        index = next(i for i in range(12) if prepared.dataset.sample_name(i) == cell.name)
        picture, mask = prepared.dataset.read(np.array([index]))["image"][0], prepared.dataset.labels["mask"][index]
        np.testing.assert_array_equal(cell.pictures[1].pixels, picture)
        grey = picture @ np.array([0.299, 0.587, 0.114])
        colors = np.array([class_color(place) for place in range(3)])[mask]
        np.testing.assert_array_equal(cell.pictures[2].pixels, np.rint(0.45 * grey[..., None] + 0.55 * colors))
        assert (cell.heading, cell.pictures[2].note) == ("", "mask")


def test_images_to_predict_are_shown_too(pairs):
    source = {"inputs": {"image": str(pairs / "photos")}, "targets": {"clean": str(pairs / "noisy")}}
    prepared, sheet = sheet_of(
        {
            "data": {"source": {"ImagePairs": source}},
            "model": [{"Conv2D": {"filters": 1, "kernel_size": 1}}],
            "train": {"epochs": 1, "optimizer": "SGD", "loss": "MeanSquaredError"},
        }
    )
    labels = {prepared.dataset.sample_name(i): prepared.dataset.labels["clean"][i] for i in range(12)}
    shown = np.stack([labels[cell.name] for cell in sheet.cells])
    low, high = shown.min(), shown.max()
    for cell, label in zip(sheet.cells, shown, strict=True):
        expected = np.broadcast_to((label.reshape(10, 12, 1) - low) / (high - low) * 255, (10, 12, 3))
        np.testing.assert_allclose(cell.pictures[2].pixels, expected, atol=0.51)
        assert cell.pictures[2].note == "clean"


def test_tables_are_captions_and_targets_have_names():
    _, sheet = sheet_of(houses(), count=4)
    for cell in sheet.cells:
        lines = [cell.heading, *cell.lines]
        assert [line.split()[0] for line in lines] == ["kind:", "price:", "area"]
        assert ", district\u00a0" in lines[2]


def houses():
    file = Path(__file__).parents[3] / "pipelines" / "houses-photos.yaml"
    spec = yaml.safe_load(file.read_text())
    spec["data"]["source"]["Table"]["path"] = str(file.parent / spec["data"]["source"]["Table"]["path"])
    return spec


def test_a_dataset_without_pictures_is_refused():
    model = [{"Dense": {"units": "=classes"}}]
    with raises(DataError):
        sheet_of({"data": {"source": "Iris"}, "model": model})


def test_several_inputs_have_their_names_and_those_that_are_not_pictures_are_listed(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"left": rng.random((20, 6, 5, 4)), "right": rng.random((20, 6, 5)), "numbers": rng.random((20, 3))}
    arrays["left"][:, 0, 0, 0] = 2
    np.savez(tmp_path / "a.npz", **arrays, y=np.arange(20) % 2)
    source = {"Arrays": {"path": str(tmp_path / "a.npz"), "inputs": list(arrays)}}
    flat = [{"Flatten": {"inputs": name, "name": f"flat_{name}"}} for name in ("left", "right")]
    together = {"Concatenate": {"inputs": ["flat_left", "flat_right", "numbers"]}}
    prepared, sheet = sheet_of({"data": {"source": source}, "model": [*flat, together, {"Dense": {"units": 1}}]})
    assert sheet.notes[-1] == "not shown: numbers"
    assert sheet.notes[0].endswith(" is black, 2 is white, channels 1 to 3 of 4")
    for cell in sheet.cells:
        notes = [picture.note.partition(":")[0] for picture in cell.pictures]
        assert notes == ["left, original 6 x 5", "left, network", "right, original 6 x 5", "right, network"]
        sample = prepared.dataset.read(np.array([int(cell.name.removeprefix("sample "))]))
        shown = np.stack([prepared.dataset.read(np.array([int(c.name[7:])]))["right"][0] for c in sheet.cells])
        expected = (sample["right"][0] - shown.min()) / (shown.max() - shown.min()) * 255
        for picture in cell.pictures[2:]:
            np.testing.assert_allclose(picture.pixels[..., 0], expected, atol=0.51)
