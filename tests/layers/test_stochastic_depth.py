from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises
from keras import ops

from kpipe.layers import GroupNorm, StochasticDepth

from .harness import JIT_COMPILE, Case, outputs_of_steps

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def convolutions() -> keras.Model:
    layers = keras.layers
    return keras.Sequential([layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()])


def recurrent() -> keras.layers.Layer:
    return keras.layers.LSTM(4, return_sequences=True)


CASES = [
    Case(lambda: StochasticDepth(keras.layers.Dense(5), 0.8, seed=4), (4, 3), trainable=2, random=True),
    Case(lambda: StochasticDepth(keras.layers.Dense(5), 0.8, "sample"), (4, 6, 3), trainable=2, random=True),
    Case(lambda: StochasticDepth(convolutions(), 0.7, seed=4), (4, 5, 5, 3), trainable=4, random=True),
    Case(lambda: StochasticDepth(recurrent(), 0.7, seed=4), (4, 5, 3), trainable=3, random=True),
    Case(lambda: StochasticDepth(keras.layers.Dense(3), 1.0), (4, 5, 3), trainable=2),
]


#: Steps that are drawn for a statistic.
STEPS = 200


@keras.saving.register_keras_serializable(package="tests")
class Counted(keras.layers.Layer):
    """Adds one and counts the steps that computed it; its count is state, as statistics of BatchNormalization are."""

    def build(self, input_shape: Any) -> None:
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, inputs: Any) -> Any:
        self.count.assign(self.count + 1)
        return inputs + 1


def drawn(layer: StochasticDepth, inputs: Any, times: int) -> Any:
    """What comes out of so many steps of the training."""
    return outputs_of_steps(layer, inputs, times, training=True)


def within(share: float, survival: float, draws: int) -> bool:
    """Four deviations of a binomial share; the seeds are fixed."""
    return abs(share - survival) < 4 * np.sqrt(survival * (1 - survival) / draws)


def test_a_batch_is_computed_as_a_whole_or_is_zero_as_often_as_said() -> None:
    layer = StochasticDepth(Counted(), 0.7, seed=1)
    outputs = drawn(layer, np.zeros((3, 2), "float32"), STEPS)
    assert set(np.unique(outputs)) == {0.0, 1.0}
    assert (outputs == outputs[:, :1, :1]).all()
    kept = outputs[:, 0, 0].sum()
    assert within(kept / STEPS, 0.7, STEPS)
    assert float(layer.branch.count) == kept


def test_samples_are_kept_by_themselves_as_often_as_said() -> None:
    layer = StochasticDepth(keras.layers.Rescaling(1.0, offset=1.0), 0.7, "sample", seed=1)
    outputs = drawn(layer, np.zeros((50, 4, 2), "float32"), 40)
    assert set(np.unique(outputs)) == {0.0, 1.0}
    assert (outputs == outputs[:, :, :1, :1]).all()
    kept = outputs[:, :, 0, 0]
    assert within(kept.mean(), 0.7, 2000)
    # Neighbors differ as often as two independent draws do, within a batch and from step to step.
    assert within((kept[:, 1:] != kept[:, :-1]).mean(), 0.42, 1960)
    assert within((kept[1:] != kept[:-1]).mean(), 0.42, 1950)


@pytest.mark.parametrize("mode", ["batch", "sample"])
def test_expectation_of_the_training_is_the_inference(mode: str) -> None:
    inputs = np.random.default_rng(2).normal(size=(6, 3)).astype("float32")
    layer = StochasticDepth(keras.layers.Dense(4, activation="tanh"), 0.3, mode, seed=5)
    branch = ops.convert_to_numpy(layer.branch(inputs))
    inference = ops.convert_to_numpy(layer(inputs))
    np.testing.assert_allclose(inference, 0.3 * branch, rtol=1e-6)
    mean = drawn(layer, inputs, STEPS).mean(axis=0)
    # Four deviations of the mean of so many draws.
    assert (np.abs(mean - inference) <= 4 * np.abs(branch) * np.sqrt(0.3 * 0.7 / STEPS) + 1e-6).all()


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    inputs = np.ones((2, 2), "float32")
    first, again, other = (drawn(StochasticDepth(keras.layers.ReLU(), 0.5, seed=s), inputs, 12) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_statistics_of_a_skipped_branch_stay_and_otherwise_move_as_without() -> None:
    inputs = np.random.default_rng(3).normal(2.0, 3.0, (8, 4)).astype("float32")
    layer = StochasticDepth(keras.layers.BatchNormalization(momentum=0.9), 0.5, seed=4)
    mean, moved, kept = np.zeros(4), 0, 0
    for _ in range(20):
        output = ops.convert_to_numpy(layer(inputs, training=True))
        if output.any():
            mean, moved = 0.9 * mean + 0.1 * inputs.mean(axis=0), moved + 1
        else:
            kept += 1
        np.testing.assert_allclose(ops.convert_to_numpy(layer.branch.moving_mean.value), mean, rtol=1e-5)
    assert moved > 3 < kept


def test_dropout_inside_draws_only_where_it_is_computed() -> None:
    layer = StochasticDepth(keras.layers.Dropout(0.5), 0.5, seed=4)
    state = lambda: int(ops.convert_to_numpy(layer.branch.seed_generator.state.value)[1])  # noqa: E731
    inputs = np.ones((2, 30), "float32")
    counts = []
    for _ in range(12):
        before = state()
        computed = ops.convert_to_numpy(layer(inputs, training=True)).any()
        assert state() - before == int(computed)
        counts.append(bool(computed))
    assert len(set(counts)) == 2


def trained(layer: StochasticDepth, optimizer: keras.optimizers.Optimizer, steps: int, **options: Any) -> Any:
    """The kernel after each step of y = layer(x), and whether the branch was there."""
    inputs = np.ones((4, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(optimizer, keras.losses.MeanSquaredError(), **(options or {"jit_compile": JIT_COMPILE}))
    kernels, there = [], []
    for _ in range(steps):
        count = float(layer.branch.layers[0].count)
        model.train_on_batch(inputs, np.full((4, 1), 5.0, "float32"))
        there.append(float(layer.branch.layers[0].count) > count)
        kernels.append(ops.convert_to_numpy(layer.branch.layers[1].kernel.value).item())
    return np.array(kernels), there


def counted_dense() -> keras.Model:
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    return keras.Sequential([keras.Input((1,)), Counted(), dense])


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"jit_compile": True}], ids=str)
def test_momentum_and_decay_move_the_weights_of_a_branch_that_is_skipped(options: dict[str, bool]) -> None:
    layer = StochasticDepth(counted_dense(), 0.5, seed=2)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=0.1)
    kernels, there = trained(layer, optimizer, 12, **options)
    assert True in there[:-1] and False in there[1:]
    weight, velocity = 1.0, 0.0
    for kernel, computed in zip(kernels, there, strict=True):
        # The loss is (2 w - 5)^2 where the branch is there.
        gradient = 4 * (2 * weight - 5) if computed else 0.0
        weight -= 0.01 * 0.1 * weight
        velocity = 0.9 * velocity - 0.01 * gradient
        weight += velocity
        np.testing.assert_allclose(kernel, weight, rtol=1e-5)


def test_losses_added_inside_count_where_they_are_computed() -> None:
    layer = StochasticDepth(keras.layers.ActivityRegularization(l1=1.0), 0.5, seed=1)
    model = keras.Sequential([keras.Input((3,)), layer])
    inputs = np.ones((2, 3), "float32")
    found = set()
    for _ in range(20):
        output = ops.convert_to_numpy(model(inputs, training=True))
        found.add((bool(output.any()), float(sum(model.losses))))
    assert found == {(True, 3.0), (False, 0.0)}


@pytest.mark.tensorflow
def test_a_branch_that_is_skipped_is_computed_neither_forward_nor_backward() -> None:
    import tensorflow as tf

    ran = {"forward": 0, "backward": 0}

    class Traced(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            @tf.custom_gradient
            def identity(x: Any) -> Any:
                def note(array: Any, way: str) -> Any:
                    ran[way] += 1
                    return array

                def gradient(upstream: Any) -> Any:
                    value = tf.numpy_function(lambda a: note(a, "backward"), [upstream], upstream.dtype)
                    return tf.reshape(value, tf.shape(upstream))

                value = tf.numpy_function(lambda a: note(a, "forward"), [x], x.dtype)
                return tf.ensure_shape(value, x.shape), gradient

            return identity(inputs)

    branch = keras.Sequential([keras.Input((1,)), Counted(), keras.layers.Dense(1), Traced()])
    layer = StochasticDepth(branch, 0.5, seed=2)
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile("sgd", "mse", jit_compile=False)
    for _ in range(16):
        model.train_on_batch(np.ones((4, 1), "float32"), np.ones((4, 1), "float32"))
    count = int(float(branch.layers[0].count))
    assert 2 < count < 14
    assert ran == {"forward": count, "backward": count}


def test_one_inside_another_is_computed_where_both_are() -> None:
    inner = StochasticDepth(Counted(), 0.5, seed=3)
    outer = StochasticDepth(keras.Sequential([keras.Input((2,)), Counted(), inner]), 0.5, seed=7)
    outputs = drawn(outer, np.zeros((3, 2), "float32"), 30)
    both = int(outputs[:, 0, 0].sum()) // 2
    assert float(inner.branch.count) == both
    assert 0 < both < float(outer.branch.layers[0].count) < 30


def test_it_continues_drawing_within_fit_and_in_a_loaded_model(tmp_path: Any) -> None:
    layer = StochasticDepth(keras.Sequential([keras.Input((1,)), Counted()]), 0.5, seed=1)
    model = keras.Sequential([keras.Input((1,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=JIT_COMPILE, steps_per_execution=5)
    data = np.ones((40, 1), "float32"), np.ones((40, 1), "float32")
    model.fit(*data, batch_size=2, verbose=0)
    count = float(layer.branch.layers[0].count)
    assert 3 < count < 17
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.layers[0].branch.layers[0].count) == count
    np.testing.assert_array_equal(loaded.predict(data[0], verbose=0), model.predict(data[0], verbose=0))


def test_sizes_that_are_not_known_are_those_of_the_input_or_refused() -> None:
    layer = StochasticDepth(convolutions(), 0.5, seed=4)
    assert layer(keras.Input((None, None, 3))).shape == (None, None, None, 3)
    assert drawn(layer, np.zeros((2, 5, 7, 3), "float32"), 3).shape == (3, 2, 5, 7, 3)
    smaller = keras.layers.Conv2D(3, 3, strides=2)
    with raises(ValueError):
        StochasticDepth(smaller, 0.5)(keras.Input((None, 8, 3)))
    assert StochasticDepth(smaller, 0.5, "sample")(keras.Input((None, 8, 3))).shape == (None, None, 3, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"survival": 0},
        {"survival": 1.5},
        {"survival": True},
        {"survival": float("nan")},
        {"survival": "0.8"},
        {"survival": None},
        {"mode": "samples"},
        {"branch": [keras.layers.ReLU]},
    ],
)
def test_errors_for_wrong_arguments_list_the_allowed_values(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        StochasticDepth(**{"branch": keras.layers.ReLU(), **arguments})


def embedded(steps: int = 6) -> Any:
    tokens = np.ones((4, steps), "int32")
    tokens[:, steps // 2 :] = 0
    return keras.layers.Embedding(5, 8, mask_zero=True)(tokens)


@pytest.mark.parametrize("mode", ["batch", "sample"])
def test_a_mask_is_passed_on_where_the_branch_keeps_the_steps_and_ends_elsewhere(mode: str) -> None:
    layers, tensor = keras.layers, embedded()
    entry = keras.Input((6, 8))
    branch = keras.Model(entry, layers.Dense(3)(layers.LSTM(4, return_sequences=True)(entry)))
    kept = StochasticDepth(branch, 0.5, mode)
    assert value_of(kept(tensor)._keras_mask).tolist() == [[True] * 3 + [False] * 3] * 4
    last = StochasticDepth(layers.LSTM(4), 0.5, mode)
    assert getattr(last(tensor), "_keras_mask", None) is None
    with pytest.warns(UserWarning, match="does not support masking"):
        strided = StochasticDepth(layers.Conv1D(8, 3, strides=2, padding="same"), 0.5, mode)(tensor)
    assert getattr(strided, "_keras_mask", None) is None


def value_of(tensor: Any) -> Any:
    return ops.convert_to_numpy(tensor)


def test_a_branch_has_one_input_and_one_output() -> None:
    entry = keras.Input((3,))
    two = keras.Model(entry, [keras.layers.Dense(2)(entry), keras.layers.Dense(2)(entry)])
    with raises(ValueError):
        StochasticDepth(two, 0.5)(np.ones((2, 3), "float32"))
    with raises(ValueError):
        StochasticDepth(keras.layers.Add(), 0.5)([np.ones((2, 3), "float32")] * 2)


@pytest.mark.parametrize(("outer", "inner"), [("mixed_float16", "float32"), ("float32", "mixed_float16")])
@pytest.mark.parametrize("mode", ["batch", "sample"])
def test_returns_the_announced_dtype_regardless_of_the_branch(outer: str, inner: str, mode: Any) -> None:
    layer = StochasticDepth(keras.layers.Dense(3, dtype=inner), 0.5, mode, seed=1, dtype=outer)
    symbolic = layer(keras.Input((3,)))
    outputs = [layer(np.ones((2, 3), "float32"), training=training) for training in (False, True, True, True)]
    found = {keras.backend.standardize_dtype(output.dtype) for output in outputs}
    assert found == {symbolic.dtype} == {layer.compute_dtype}


def test_survival_multiplies_integers_as_numbers() -> None:
    branch = keras.layers.Lambda(lambda x: x + 3, output_shape=(2,), dtype="int32")
    layer = StochasticDepth(branch, 0.5, dtype="float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(np.array([[2, 4]], "int32"))), [[2.5, 3.5]])


def test_its_branch_sees_inputs_that_half_precision_does_not_hold() -> None:
    inputs = np.array([[70000.0, 72000.0]], "float32")
    layer = StochasticDepth(GroupNorm(1, dtype="mixed_float16"), 0.5, dtype="mixed_float16")
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(inputs)), [[-0.5, 0.5]])
