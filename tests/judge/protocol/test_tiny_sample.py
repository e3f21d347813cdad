"""The samples of a tiny sample are stratified, and its step minimizes the loss of the spec."""

import keras
import numpy as np
import pytest
from benches import arrays_spec, bench_of

from kpipe.judge.protocol.tiny_sample import SampleStep, tiny_sample

pytestmark = pytest.mark.slow

COUNT = 100
INDEX = np.arange(COUNT, dtype="float32").reshape(-1, 1)
#: 70 samples of the first class, 27 of the second, 3 of the third.
CLASSES = np.repeat([0, 1, 2], [70, 27, 3])
CLASSIFIER = "[{Dense: {units: =classes}}]"
SLOW = "{epochs: 2, optimizer: {SGD: {learning_rate: 0.001}}}"


def indices(sample):
    return np.asarray(sample.values[0])[:, 0].astype(int)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    with bench_of(arrays_spec(folder, {"x": INDEX, "y": CLASSES}, CLASSIFIER, SLOW, ", batch_size: 8")) as found:
        yield found


def draw(bench, count, number):
    return tiny_sample(bench.prepared, bench.plan, count, number)


def test_classes_have_as_many_samples_as_they_can(bench):
    sample = draw(bench, 20, 0)
    assert np.bincount(CLASSES[indices(sample)]).tolist() == [9, 8, 3]
    assert np.bincount(CLASSES[indices(draw(bench, 6, 0))]).tolist() == [2, 2, 2]
    np.testing.assert_array_equal(sample.labels["y"], CLASSES[indices(sample)])
    np.testing.assert_array_equal(sample.values[1], CLASSES[indices(sample)])


def test_draws_are_disjoint_and_always_the_same(bench):
    first, second = (indices(draw(bench, 20, number)) for number in (0, 1))
    assert len({*first, *second}) == 40
    np.testing.assert_array_equal(first, indices(draw(bench, 20, 0)))


def test_of_fewer_samples_all_are_drawn(bench):
    assert sorted(indices(draw(bench, 200, 0))) == list(range(COUNT))
    assert sorted(indices(draw(bench, 200, 1))) == list(range(COUNT))


def test_a_second_draw_contains_the_others_if_there_are_too_few(bench):
    first, second = (indices(draw(bench, 60, number)) for number in (0, 1))
    assert {*first, *second} == {*range(COUNT)}


def test_numbers_are_drawn_at_random(tmp_path):
    arrays = {"x": INDEX, "y": INDEX[:, 0] / 10, "w": INDEX[:, 0] + 1}
    spec = arrays_spec(tmp_path, arrays, "[{Dense: {units: 1}}]", SLOW, ", sample_weights: w")
    with bench_of(spec) as bench:
        sample = draw(bench, 20, 0)
        assert len({*indices(sample), *indices(draw(bench, 20, 1))}) == 40
        np.testing.assert_allclose(sample.values[1][:, 0], indices(sample) / 10, rtol=1e-6)
        np.testing.assert_allclose(sample.values[2], indices(sample) + 1, rtol=1e-6)


def test_only_the_training_part_is_drawn_without_augmentation_and_mix(tmp_path):
    spec = arrays_spec(
        tmp_path, {"x": INDEX, "y": CLASSES}, CLASSIFIER, SLOW, ", validation: 0.3, mix: [MixUp], batch_size: 8"
    )
    with bench_of(spec) as bench:
        found = indices(draw(bench, 200, 0))
        assert sorted(found) == sorted(bench.prepared.parts["train"])


def test_a_step_minimizes_the_weighted_loss_without_penalties(tmp_path):
    arrays = {"x": INDEX / 100, "y": INDEX[:, 0] / 10, "w": INDEX[:, 0] / 100}
    train = "{epochs: 2, regularize: {l2: 100}, targets: {y: {loss: MeanSquaredError, weight: 3.0}}}"
    spec = arrays_spec(
        tmp_path, arrays, "[{Dense: {units: 1, use_bias: false, name: y}}]", train, ", sample_weights: w"
    )
    with bench_of(spec) as bench:
        sample = draw(bench, 20, 0)
        step = SampleStep(bench.model, bench.plan, keras.optimizers.SGD(1.0))
        kernel = bench.model.trainable_variables[0]
        weight = float(kernel[0, 0])
        loss, prediction = step(sample, 0.01)
        updated = float(kernel[0, 0])
    x, y, w = (np.asarray(entry, np.float64).reshape(-1) for entry in sample.values)
    assert loss == pytest.approx(3 * np.mean(w * (weight * x - y) ** 2), rel=1e-4)
    np.testing.assert_allclose(np.asarray(keras.tree.flatten(prediction)[0])[:, 0], weight * x, rtol=1e-5)
    assert updated == pytest.approx(weight - 0.01 * 3 * np.mean(2 * w * x * (weight * x - y)), rel=1e-4)


def test_the_loss_of_mixed_precision_is_scaled():
    with bench_of(overrides={"train.precision": "mixed_float16"}) as bench:
        step = SampleStep(bench.model, bench.plan, bench.new_optimizer())
        sample = draw(bench, 20, 0)
        losses = [step(sample, 0.1)[0] for _ in range(50)]
        assert step.name == "SGD"
        assert isinstance(step.optimizer, keras.optimizers.LossScaleOptimizer)
    assert losses[-1] < losses[0] / 2
