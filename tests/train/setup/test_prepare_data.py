"""Tests of `data.augment` and `data.evaluate` in the setup of a training."""

import numpy as np
import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

CROP = {"RandomCrop": {"height": 6, "width": 6}}
CENTER = {"CenterCrop": {"height": 6, "width": 6}}


def prepared(overrides, say=lambda line: None):
    spec = checked("kpipe:digits", overrides)
    with spec_session(spec):
        return prepare_data(spec, say)


def first_batch(data, part, epoch):
    x, _ = next(iter(data.batches(part, epoch=epoch)))
    return x.numpy()


def test_training_and_evaluation_have_the_shape_of_the_model():
    data = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    assert data.inputs["image"].shape == (6, 6, 1)
    assert first_batch(data, "train", 0).shape[1:] == first_batch(data, "test", None).shape[1:] == (6, 6, 1)
    raw = data.dataset.read(data.parts["test"][:1])["image"]
    np.testing.assert_array_equal(first_batch(data, "test", None)[0], raw[0, 1:7, 1:7])


def test_epochs_differ_and_a_resume_continues_the_same_batches():
    data = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    again = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    assert (first_batch(data, "train", 0) != first_batch(data, "train", 1)).any()
    whole = [x.numpy() for x, _ in data.batches("train", epoch=1)]
    rest = [x.numpy() for x, _ in again.batches("train", epoch=1, first_step=3)]
    assert len(rest) == len(whole) - 3
    for one, other in zip(whole[3:], rest, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "overrides",
    [
        {"data.augment": [CROP]},
        {"data.augment": {"picture": [CROP]}},
        {"data.evaluate.transform": [CENTER]} | {"data.augment": ["HorizontalFlip"]},
        {"data.evaluate.transform": [{"CenterCrop": {"height": 9, "width": 6}}]},
        {"data.evaluate.transform": ["HorizontalFlip"]},
    ],
)
def test_what_does_not_suit_the_images_is_refused(overrides):
    with raises(SpecError):
        prepared({"data.workers": 0, **overrides})


@pytest.mark.parametrize("key", ["data.augment", "data.evaluate.transform"])
def test_tables_have_neither_augmentation_nor_evaluation(key):
    spec = checked("kpipe:iris", {key: ["HorizontalFlip"] if key == "data.augment" else [CENTER], "data.workers": 0})
    with spec_session(spec), raises(SpecError):
        prepare_data(spec, lambda line: None)


def test_processes_are_announced_only_where_images_are_augmented():
    lines = []
    prepared({"data.augment": ["HorizontalFlip"]}, lines.append)
    assert any(line.startswith("data.workers: auto augments images in") for line in lines)
    lines.clear()
    prepared({}, lines.append)
    assert not any("data.workers" in line for line in lines)
