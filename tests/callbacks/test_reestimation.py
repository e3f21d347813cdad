"""The statistics of BatchNormalization are those of the data, and nothing else of the model changes."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks._reestimation import batch_norm_layers, reestimate_statistics
from random_seed import set_random_seed

from .training import Batches, arrays, distance, same, samples

CLOSE = 1e-6


def parts_of(x, size=16):
    """Batches, the last one smaller."""
    return [x[start : start + size] for start in range(0, len(x), size)]


def weighted(found, batches):
    """The mean over the batches, by their samples, in float64."""
    return np.average(np.array(found, np.float64), 0, [len(batch) for batch in batches])


def model_of(*layers, features=3):
    set_random_seed(4)
    return keras.Sequential([keras.Input((features,)), *layers])


def statistics(layer):
    return arrays([layer.moving_mean, layer.moving_variance])


@pytest.fixture(scope="module")
def x():
    """Samples that are neither centered nor alike in their features."""
    return samples(42)[0] * np.float32([1, 2, 0.5]) + np.float32([3, -1, 0])


def expected_of(batches):
    return [
        weighted([batch.mean(0, dtype=np.float64) for batch in batches], batches),
        weighted([batch.var(0, dtype=np.float64) for batch in batches], batches),
    ]


def test_they_are_the_means_over_the_batches_weighted_by_samples(x):
    model = model_of(keras.layers.BatchNormalization())
    batches = parts_of(x)
    assert [len(batch) for batch in batches] == [16, 16, 10]
    reestimate_statistics(model, batches)
    assert distance(statistics(model.layers[0]), expected_of(batches)) <= 2 * CLOSE
    # The unweighted mean is another one, so the test sees the weights.
    plain = np.mean([batch.mean(0) for batch in batches], 0)
    assert distance([plain], expected_of(batches)[:1]) > 1e-3


def test_a_deeper_layer_sees_what_the_one_before_it_makes_of_the_batch(x):
    first, dense, second = keras.layers.BatchNormalization(), keras.layers.Dense(2), keras.layers.BatchNormalization()
    model = model_of(first, dense, second)
    batches = parts_of(x)
    reestimate_statistics(model, batches)
    kernel, bias = (value.astype(np.float64) for value in arrays(dense.variables))
    inner = []
    for batch in batches:
        wide = batch.astype(np.float64)
        inner.append((wide - wide.mean(0)) / np.sqrt(wide.var(0) + first.epsilon) @ kernel + bias)
    assert distance(statistics(second), expected_of(inner)) <= 2 * CLOSE


def test_layers_within_layers_are_found_and_frozen_ones_left_alone(x):
    inner = model_of(keras.layers.BatchNormalization(), keras.layers.Dense(3))
    frozen = keras.layers.BatchNormalization()
    frozen.trainable = False
    model = model_of(inner, frozen, keras.layers.BatchNormalization())
    before = statistics(frozen)
    assert batch_norm_layers(model) == [inner.layers[0], model.layers[2]]
    reestimate_statistics(model, parts_of(x))
    assert distance(statistics(inner.layers[0]), expected_of(parts_of(x))) <= 2 * CLOSE
    assert same(statistics(frozen), before)


class Counter(keras.layers.Layer):
    """Counts its calls in training, as custom layers may."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs, training=False):
        if training:
            self.calls.assign_add(1.0)
        return inputs


def test_nothing_else_changes(x):
    model = model_of(
        Counter(),
        keras.layers.Dropout(0.3, seed=5),
        keras.layers.BatchNormalization(),
        keras.layers.GaussianNoise(0.1),
        keras.layers.Dense(1),
    )
    model.compile(keras.optimizers.Adam(0.1), "mse", metrics=["mae"])
    model.train_on_batch(x[:4], x[:4, :1])
    counted = [model.optimizer.variables, model.metrics_variables]
    layer = model.layers[2]
    known = {id(layer.moving_mean), id(layer.moving_variance)}
    others = [variable for variable in model.variables if id(variable) not in known]
    assert any("seed" in variable.path for variable in others)
    before = arrays(others), [arrays(group) for group in counted], statistics(layer)
    reestimate_statistics(model, parts_of(x))
    assert same(arrays(others), before[0])
    assert all(same(arrays(group), kept) for group, kept in zip(counted, before[1], strict=True))
    assert not same(statistics(layer), before[2])


def test_the_momentum_is_again_that_of_the_layer(x):
    model = model_of(keras.layers.BatchNormalization(momentum=0.75), keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    reestimate_statistics(model, parts_of(x))
    before = statistics(model.layers[0])
    assert model.layers[0].momentum == 0.75
    model.train_on_batch(x[:8], x[:8, :1])
    expected = [0.75 * old + 0.25 * new for old, new in zip(before, [x[:8].mean(0), x[:8].var(0)], strict=True)]
    assert distance(statistics(model.layers[0]), expected) <= 2 * CLOSE


def test_what_was_compiled_before_sees_the_new_statistics(x):
    model = model_of(keras.layers.BatchNormalization(epsilon=1e-6))
    before = model.predict(x, verbose=0)
    reestimate_statistics(model, [x])
    after = model.predict(x, verbose=0)
    assert distance([after], [(x - x.mean(0)) / x.std(0)]) <= 1e-4
    assert distance([after], [before]) > 0.1


def test_statistics_that_were_not_finite_are_healed(x):
    model = model_of(keras.layers.BatchNormalization())
    model.layers[0].moving_mean.assign(np.full(3, np.nan))
    model.layers[0].moving_variance.assign(np.full(3, np.inf))
    reestimate_statistics(model, parts_of(x))
    assert distance(statistics(model.layers[0]), expected_of(parts_of(x))) <= 2 * CLOSE


@pytest.mark.parametrize("form", ["(x, y)", "(x, y, weights)", "PyDataset", "tensors", "a generator"])
def test_data_yields_inputs_or_tuples_that_begin_with_them(form, x):
    y, batches = x[:, :1], parts_of(x)
    data = {
        "(x, y)": lambda: [(batch, batch[:, :1]) for batch in batches],
        "(x, y, weights)": lambda: tuple((batch, batch[:, :1], batch[:, 0]) for batch in batches),
        "PyDataset": lambda: Batches(x, y, 16),
        "tensors": lambda: [keras.ops.convert_to_tensor(batch) for batch in batches],
        "a generator": lambda: iter(batches),
    }[form]()
    model = model_of(keras.layers.BatchNormalization())
    reestimate_statistics(model, data)
    assert distance(statistics(model.layers[0]), expected_of(batches)) <= 2 * CLOSE


@pytest.mark.tensorflow
def test_data_of_tensorflow(x):
    import tensorflow as tf

    model = model_of(keras.layers.BatchNormalization())
    reestimate_statistics(model, tf.data.Dataset.from_tensor_slices((x, x[:, 0])).batch(16))
    assert distance(statistics(model.layers[0]), expected_of(parts_of(x))) <= 2 * CLOSE


def test_inputs_can_be_several_by_name(x):
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    layer = keras.layers.BatchNormalization()
    model = keras.Model({"left": left, "right": right}, layer(keras.layers.Add()([left, right])))
    reestimate_statistics(model, [({"left": batch, "right": batch}, batch) for batch in parts_of(x)])
    assert distance(statistics(layer), expected_of([2 * batch for batch in parts_of(x)])) <= 4 * CLOSE


def test_half_precision_keeps_its_statistics_in_single(x):
    model = model_of(keras.layers.BatchNormalization(dtype="mixed_float16"))
    batches = parts_of(x)
    reestimate_statistics(model, batches)
    found = statistics(model.layers[0])
    assert all(value.dtype == np.float32 for value in found)
    assert distance(found, expected_of([batch.astype(np.float16) for batch in batches])) <= 1e-3


def test_losses_of_layers_do_not_pile_up(x):
    model = model_of(
        keras.layers.BatchNormalization(), keras.layers.Dense(1, activity_regularizer=keras.regularizers.L2(0.1))
    )
    model.compile(keras.optimizers.SGD(0.01), "mse")
    y = x[:, :1]
    before = model.evaluate(x, y, verbose=0)
    kept = statistics(model.layers[0])
    reestimate_statistics(model, parts_of(x))
    model.layers[0].moving_mean.assign(kept[0])
    model.layers[0].moving_variance.assign(kept[1])
    assert model.evaluate(x, y, verbose=0) == before
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"]).all()
    assert np.isfinite([float(value) for value in model(x[:4])[:, 0]]).all()


def test_a_model_without_batch_normalization_needs_no_data(x):
    model = model_of(keras.layers.LayerNormalization())
    data = iter(parts_of(x))
    before = arrays(model.variables)
    reestimate_statistics(model, data)
    assert same(arrays(model.variables), before)
    assert len(list(data)) == 3


@pytest.mark.parametrize("data", [[], iter(())])
def test_data_without_a_batch_are_refused_and_change_nothing(data):
    model = model_of(keras.layers.BatchNormalization(momentum=0.7))
    before = arrays(model.variables)
    with raises(ValueError):
        reestimate_statistics(model, data)
    assert same(arrays(model.variables), before)
    assert model.layers[0].momentum == 0.7


def test_a_generator_cannot_be_gone_through_twice(x):
    model, data = model_of(keras.layers.BatchNormalization()), iter(parts_of(x))
    reestimate_statistics(model, data)
    with raises(ValueError):
        reestimate_statistics(model, data)


@pytest.mark.parametrize("kind", ["array", "tensor"])
def test_a_single_array_is_refused_as_batches(kind, x):
    data = x if kind == "array" else keras.ops.convert_to_tensor(x)
    with raises(ValueError):
        reestimate_statistics(model_of(keras.layers.BatchNormalization()), data)


def test_data_that_break_change_nothing(x):
    model = model_of(
        keras.layers.Dropout(0.5, seed=2), keras.layers.BatchNormalization(momentum=0.7), keras.layers.Dense(1)
    )
    before = arrays(model.variables)
    with pytest.raises(RuntimeError, match="the data broke"):
        reestimate_statistics(model, Batches(x, x, 16, fails_at=1))
    assert same(arrays(model.variables), before)
    assert model.layers[1].momentum == 0.7


def test_many_trainings_cause_no_warning(x, caplog, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    for _ in range(6):
        reestimate_statistics(model_of(keras.layers.BatchNormalization()), [x])
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]
