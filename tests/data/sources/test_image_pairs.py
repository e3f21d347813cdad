import os
from pathlib import Path

import numpy as np
import pytest
from golden import expect_message, raises
from PIL import Image

from kpipe.data.sources.image_pairs import ImagePairs
from kpipe.data.sources.source import OpenContext
from kpipe.errors import ArgumentError, DataError

PHOTOS, MASKS = {"image": Path("photos")}, {"mask": Path("masks")}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for index in range(4):
        save(f"photos/{index}.png", pixels(index, 3))
        save(f"masks/{index}.png", (pixels(index, 1)[..., 0] > 128).astype(np.uint8) * 255)
    return tmp_path


def pixels(seed, channels):
    return np.random.default_rng(seed).integers(0, 256, (6, 5, channels)).astype(np.uint8)


def save(path, values):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def opened(max_bad=0.0, **arguments):
    said = []
    return ImagePairs(**arguments).open(OpenContext(said.append, max_bad, Path("cache"))), said


def test_images_and_masks_of_one_path_are_a_sample():
    dataset, said = opened(inputs=PHOTOS, masks=MASKS)
    assert {name: (entry.kind, entry.shape) for name, entry in dataset.inputs.items()} == {
        "image": ("image", (6, 5, 3))
    }
    target = dataset.targets["mask"]
    assert (target.task, target.classes, target.shape) == ("sequence", ("0", "255"), (6, 5))
    raw = dataset.read(np.array([2, 0]))["image"]
    np.testing.assert_array_equal(raw, [pixels(2, 3), pixels(0, 3)])
    np.testing.assert_array_equal(dataset.labels["mask"][2], pixels(2, 1)[..., 0] > 128)
    assert dataset.sample_name(2) == "photos/2.png"
    assert said[-1] == "target mask: masks of 6 x 5, with the classes 0, 255"
    assert opened(inputs=PHOTOS, masks=MASKS, classes=["sky", "sea"])[0].targets["mask"].classes == ("sky", "sea")


def test_several_inputs_an_image_as_target_and_other_parts():
    for index in range(2):
        save(f"test/{index}.jpg", pixels(index, 3))
    test = {"a": Path("test"), "b": Path("test"), "clean": Path("test")}
    both = {"a": Path("photos"), "b": Path("photos")}
    dataset, _ = opened(inputs=both, targets={"clean": Path("photos")}, test=test, size=[3, 3])
    assert list(dataset.inputs) == ["a", "b"]
    assert {part: len(indices) for part, indices in dataset.parts.items()} == {"train": 4, "test": 2}
    assert (dataset.targets["clean"].task, dataset.labels["clean"].shape) == ("regression", (6, 3, 3, 3))


def test_samples_with_a_damaged_file_or_another_size_are_skipped():
    Path("photos/1.png").write_bytes(b"\x89PNG damaged")
    save("masks/2.png", np.zeros((3, 5), np.uint8))
    dataset, said = opened(max_bad=0.5, inputs=PHOTOS, masks=MASKS)
    assert len(dataset.parts["train"]) == 2
    np.testing.assert_array_equal(dataset.labels["mask"][1], pixels(3, 1)[..., 0] > 128)
    expect_message(said[0])
    with raises(DataError):
        opened(inputs=PHOTOS, masks=MASKS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"inputs": {}, "masks": MASKS},
        {"inputs": PHOTOS},
        {"inputs": PHOTOS, "masks": {"image": Path("masks")}},
        {"inputs": PHOTOS, "masks": MASKS, "size": [3]},
        {"inputs": PHOTOS, "masks": MASKS, "size": [0, 3]},
        {"inputs": PHOTOS, "masks": MASKS, "test": PHOTOS},
        {"inputs": PHOTOS, "masks": MASKS, "classes": ["a", "a"]},
        {"inputs": PHOTOS, "masks": MASKS, "classes": ["a", "b", "c"]},
        {"inputs": PHOTOS, "masks": {"mask": Path("missing")}},
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments):
    with raises(ArgumentError):
        opened(**arguments)


def test_names_that_are_not_utf_8_are_escaped():
    for folder in ("photos", "masks"):
        name = os.fsdecode(f"{folder}/".encode() + b"\xff.png")
        Path(f"{folder}/3.png").rename(name)
    dataset, _ = opened(inputs=PHOTOS, masks=MASKS)
    assert dataset.sample_name(3) == r"photos/\xff.png"
