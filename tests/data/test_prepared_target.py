import keras
import numpy as np
import pytest
from golden import raises

from kpipe.data.dataset import Target
from kpipe.data.prepare.center import Center
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared_target import PreparedTarget
from kpipe.errors import ArgumentError, DataError

NUMBER = Target("price", "regression", None, ())
PAIR = Target("price", "regression", None, (2,))
ALL = np.arange(100)


def fitted(target, *stages):
    rng = np.random.default_rng(0)
    labels = 8000 + rng.standard_normal((100, *target.shape)) * np.array([1.0, 5.0])[: 2 if target.shape else 1].sum()
    prepared = PreparedTarget(target, stages)
    prepared.fit(labels, ALL[:60])
    return prepared, labels


def test_labels_are_standardized_by_the_training_part_in_float64():
    prepared, labels = fitted(NUMBER, Standardize())
    train = labels[:60]
    expected = (labels - train.mean()) / train.std()
    assert prepared.transform(labels).dtype == np.float32
    np.testing.assert_allclose(prepared.transform(labels), expected, atol=1e-6)
    np.testing.assert_allclose(prepared.inverse(expected), labels, rtol=1e-12)


@pytest.mark.parametrize(
    "stages",
    [[Center], [Rescale], [Center, Rescale], [Rescale, Standardize], [Standardize, Rescale]],
)
@pytest.mark.parametrize("target", [NUMBER, PAIR])
def test_several_preparations_are_applied_in_order_and_inverted(stages, target):
    made = [stage(scale=0.01, offset=3.0) if stage is Rescale else stage() for stage in stages]
    prepared, labels = fitted(target, *made)
    values = labels[:60].reshape(60, -1)
    everything = labels.reshape(100, -1)
    for stage in stages:
        if stage is Rescale:
            values, everything = values * 0.01 + 3, everything * 0.01 + 3
        else:
            mean, deviation = values.mean(axis=0), values.std(axis=0) if stage is Standardize else 1
            values, everything = (values - mean) / deviation, (everything - mean) / deviation
    np.testing.assert_allclose(prepared.transform(labels), everything.reshape(labels.shape), atol=1e-5)
    np.testing.assert_allclose(prepared.inverse(everything.reshape(labels.shape)), labels, rtol=1e-9)


@pytest.mark.parametrize(("target", "shape"), [(NUMBER, (1,)), (PAIR, (2,)), (PAIR, (2, 1))])
def test_the_model_ends_in_the_inverse(target, shape, tmp_path):
    prepared, labels = fitted(target, Standardize())
    inputs = keras.Input(shape)
    model = keras.Model(inputs, prepared.build_inverse(inputs))
    model.save(tmp_path / "model.keras")
    outputs = keras.saving.load_model(tmp_path / "model.keras")(prepared.transform(labels).reshape(-1, *shape))
    np.testing.assert_allclose(np.asarray(outputs).reshape(labels.shape), labels, rtol=1e-6)
    assert model.trainable_variables == []


def test_a_description_restores_the_preparation():
    prepared, labels = fitted(PAIR, Standardize(), Rescale(scale=2.0))
    restored = PreparedTarget(PAIR, [Standardize(), Rescale(scale=2.0)], prepared.describe())
    restored.fit(labels * 3, ALL)
    np.testing.assert_array_equal(restored.transform(labels), prepared.transform(labels))


def test_a_model_before_the_fit_is_an_error_of_the_caller():
    with pytest.raises(RuntimeError, match="not fitted"):
        PreparedTarget(NUMBER, [Center()]).transform(np.ones(3))


@pytest.mark.parametrize(
    ("target", "stage"),
    [
        (Target("kind", "classification", ("a", "b"), ()), Standardize()),
        (Target("kinds", "multilabel", ("a", "b"), (2,)), Standardize()),
        (NUMBER, OneHot()),
        (NUMBER, Rescale()),
    ],
)
def test_what_cannot_be_prepared_or_inverted_is_refused(target, stage):
    with raises(ArgumentError):
        PreparedTarget(target, [stage])


def test_a_deviation_that_float32_cannot_scale():
    prepared = PreparedTarget(NUMBER, [Standardize()])
    with raises(DataError):
        prepared.fit(np.linspace(0, 1e-9, 10), ALL[:10])
