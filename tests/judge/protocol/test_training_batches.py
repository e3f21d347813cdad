"""The samples of a batch are those whose values it contains."""

import itertools

import numpy as np
import pytest
from benches import arrays_spec, bench_of
from PIL import Image

from kpipe.data.mix.mixed_labels import MixedLabels

pytestmark = pytest.mark.slow

COUNT = 46
#: The input of a sample and its class are its index.
ARRAYS = {"x": np.arange(COUNT, dtype="float32").reshape(-1, 1), "y": np.arange(COUNT)}
MODEL = "[{Dense: {units: =classes}}]"
TRAIN = "{epochs: 2, optimizer: {SGD: {learning_rate: 0.001}}}"


def first(bench, count):
    return list(itertools.islice(iter(bench.batches), count))


@pytest.mark.parametrize(
    ("rule", "sizes"), [("keep", [8] * 12), ("drop", [8] * 12), ("spread", [8] * 12)], ids=["keep", "drop", "spread"]
)
def test_several_epochs(tmp_path, rule, sizes):
    spec = arrays_spec(tmp_path, ARRAYS, MODEL, TRAIN, f", batch_size: 8, last_batch: {rule}")
    with bench_of(spec) as bench:
        found = first(bench, 12)
        steps = bench.prepared.steps("train")
    for number, batch in enumerate(found):
        np.testing.assert_array_equal(batch.values[0][:, 0], batch.samples)
        np.testing.assert_array_equal(batch.values[1], batch.samples)
        assert batch.step == number
    assert [len(batch.samples) for batch in found] == sizes
    assert steps == (5 if rule == "drop" else 6)
    # 46 samples are 5 batches of 8, and 6 of at most 8: 8, 8, 8, 8, 7 and 7 if they are spread.
    of_epoch = {"keep": 5, "drop": 5, "spread": 4}[rule]
    seen = np.concatenate([batch.samples for batch in found[:of_epoch]])
    assert len({*seen}) == len(seen)
    assert (found[0].samples != found[of_epoch].samples).any()


def test_they_are_those_of_the_run(tmp_path):
    spec = arrays_spec(tmp_path, ARRAYS, MODEL, TRAIN, ", batch_size: 8")
    with bench_of(spec) as bench:
        found = first(bench, 10)
        expected = [
            values
            for epoch in range(2)
            for values in bench.prepared.batches("train", epoch=epoch, labels=bench.plan.objective.labels)
            if len(values[0]) == 8
        ]
    for batch, (x, y) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(batch.values[0], x)
        np.testing.assert_array_equal(batch.values[1], y)


def test_a_training_part_smaller_than_a_batch(tmp_path):
    with bench_of(arrays_spec(tmp_path, ARRAYS, MODEL, TRAIN, ", batch_size: 100")) as bench:
        assert [sorted(batch.samples) for batch in first(bench, 3)] == [list(range(COUNT))] * 3
        assert bench.batch_size == COUNT


def test_mixed_samples_have_the_labels_of_their_batch(tmp_path):
    spec = arrays_spec(tmp_path, ARRAYS, MODEL, TRAIN, ", batch_size: 8, mix: [MixUp]")
    with bench_of(spec) as bench:
        found = first(bench, 7)
    for batch in found:
        labels = MixedLabels.of(np.asarray(batch.values[1]))
        assert {*labels.first, *labels.second} <= {*batch.samples}
        mean = labels.first_factor * labels.first + labels.second_factor * labels.second
        np.testing.assert_allclose(batch.values[0][:, 0], mean, rtol=1e-5)


def test_weights_are_in_the_batch(tmp_path):
    spec = arrays_spec(tmp_path, ARRAYS | {"w": ARRAYS["y"] / 45}, MODEL, TRAIN, ", batch_size: 8, sample_weights: w")
    with bench_of(spec) as bench:
        for batch in first(bench, 6):
            np.testing.assert_allclose(batch.values[2], batch.samples / 45, rtol=1e-6)


@pytest.mark.parametrize("workers", [0, 2])
def test_augmented_images(tmp_path, workers):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for index in range(12):
            value = 20 * index + 10 * (label == "b")
            Image.new("RGB", (8, 8), (value, value, value)).save(tmp_path / label / f"{index:02}.png")
    spec = f"""
name: images
data:
  source: {{ImageFolder: {{train: {tmp_path}}}}}
  batch_size: 5
  augment: [HorizontalFlip]
  workers: {workers}
model: [Flatten, {{Dense: {{units: =classes}}}}]
train: {{epochs: 2}}
"""
    with bench_of(spec) as bench:
        found = first(bench, 6)
        names = [[bench.prepared.dataset.sample_name(int(index)) for index in batch.samples] for batch in found]
    for batch, own in zip(found, names, strict=True):
        values = np.asarray(batch.values[0])[:, 0, 0, 0]
        expected = [20 * int(name[-6:-4]) + 10 * ("/b/" in name) for name in own]
        np.testing.assert_array_equal(values, expected)
