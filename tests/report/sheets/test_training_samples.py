import numpy as np
import pytest
from PIL import Image

from kpipe.data.mix.mixed_labels import MixedLabels
from kpipe.data.prepared import PreparedData
from kpipe.pipeline import load
from kpipe.report.sheets.spec_mixing import spec_mixing
from kpipe.report.sheets.training_samples import TrainingSamples
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.setup import build_on_data
from kpipe.train.setup.spec_session import spec_session

AUGMENT = {"data.augment": ["HorizontalFlip", {"Cutout": {"size": 3}}]}
MIX = {"data.mix": [{"MixUp": {"alpha": 0.8}}, "CutMix"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images of 8 x 6 pixels in three classes."""
    path, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for name in ("cat", "dog", "owl"):
        (path / name).mkdir()
        for place in range(8):
            Image.fromarray(rng.integers(0, 256, (8, 6, 3), np.uint8)).save(path / name / f"{place}.png")
    return path


def spec(folder, changes):
    return {
        "name": "few",
        "seed": 5,
        "data": {
            "source": {"ImageFolder": {"train": str(folder)}},
            "validation": 0.2,
            "batch_size": 5,
            "workers": 0,
            "prepare": ["Rescale", {"Standardize": {"per": "channel"}}],
            **{key.removeprefix("data."): value for key, value in changes.items()},
        },
        "model": ["Flatten", {"Dense": {"units": "=classes"}}],
        "train": {"epochs": 1, "optimizer": "SGD"},
    }


def first_samples(pipeline, count):
    with spec_session(pipeline.spec):
        prepared = prepare_data(pipeline.spec, lambda line: None)
        mixing = spec_mixing(pipeline.spec, prepared, build_on_data(pipeline.spec, prepared).model)
        samples = TrainingSamples.first(prepared, mixing, count)
        return prepared, samples, samples.prepared(prepared, "image")


@pytest.mark.parametrize("changes", [{}, AUGMENT, {**AUGMENT, **MIX}, {**MIX, "data.last_batch": "spread"}])
def test_they_are_the_samples_that_a_training_receives(folder, tmp_path, monkeypatch, changes):
    epochs, inner = [], PreparedData.batches

    def recorded(self, part, **arguments):
        found = inner(self, part, **arguments)
        if part == "train" and arguments["epoch"] == 0:
            epochs.append(list(found.as_numpy_iterator()))
        return found

    monkeypatch.setattr(PreparedData, "batches", recorded)
    load(spec(folder, changes)).run(tmp_path / "run", progress=False)
    monkeypatch.undo()
    prepared, samples, _ = first_samples(load(spec(folder, changes)), 12)
    x, y = (np.concatenate([batch[place] for batch in epochs[-1]])[:12] for place in (0, 1))
    assert x.dtype == samples.batches["image"].dtype
    np.testing.assert_array_equal(samples.batches["image"], x)
    labels = prepared.dataset.labels["y"]
    np.testing.assert_array_equal(samples.labels["y"], labels[samples.indices])
    if samples.mixed is None:
        np.testing.assert_array_equal(samples.labels["y"], y)
        return
    np.testing.assert_array_equal(samples.mixed.labels["y"], labels[samples.mixed.partners])
    packed, weights = MixedLabels.of(y), samples.mixed.weights
    is_own = weights >= 0.5
    np.testing.assert_array_equal(packed.first, np.where(is_own, samples.labels["y"], samples.mixed.labels["y"]))
    np.testing.assert_array_equal(packed.first_factor, np.where(is_own, weights, 1 - weights))


def test_mixed_samples_are_sums_or_boxes_of_both_originals(folder):
    prepared, samples, _ = first_samples(load(spec(folder, MIX)), 24)
    images = prepared.dataset.read(np.arange(24))["image"].astype(np.float32)
    own, other = images[samples.indices], images[samples.mixed.partners]
    weights = samples.mixed.weights[:, None, None, None]
    for place in range(len(samples.indices)):
        found = samples.batches["image"][place]
        is_sum = np.allclose(found, (weights * own + (1 - weights) * other)[place], atol=1e-3)
        is_cut = ((found == own[place]) | (found == other[place])).all()
        assert is_sum or is_cut


def test_the_prepared_values_are_those_of_the_formula(folder):
    prepared, samples, values = first_samples(load(spec(folder, AUGMENT)), 10)
    train = prepared.dataset.read(prepared.parts["train"])["image"] / 255
    mean, deviation = train.mean((0, 1, 2)), train.std((0, 1, 2))
    np.testing.assert_allclose(values, (samples.batches["image"] / 255 - mean) / deviation, atol=1e-5)


def test_the_count_is_a_limit(folder):
    for count, expected in ((1, 1), (5, 5), (7, 7), (1000, 19)):
        _, samples, values = first_samples(load(spec(folder, {})), count)
        assert len(samples.indices) == len(samples.labels["y"]) == len(values) == expected
    _, samples, _ = first_samples(load(spec(folder, {"data.last_batch": "drop", "data.batch_size": 6})), 1000)
    assert len(samples.indices) == len(samples.batches["image"]) == 18
