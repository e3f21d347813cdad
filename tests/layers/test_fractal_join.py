from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.layers.fractal_join import FractalJoin

from .harness import Case, outputs_of_steps

CASES = [
    Case(lambda: FractalJoin(3, seed=1), [(4, 5)] * 3, random=True),
    Case(lambda: FractalJoin(4, 0.5, local_share=1, seed=1), [(2, 2, 2, 1)] * 2, random=True),
    Case(lambda: FractalJoin(2, local_share=0.0, global_seed=3), [(4, 3, 2)] * 2, random=True),
]


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def weights(join: FractalJoin, inputs: int, steps: int) -> Any:
    """The factors of the inputs in each of several training steps: input i is the unit vector i."""
    units = [row[None] for row in np.eye(inputs, dtype="float32")]
    return outputs_of_steps(join, units, steps, training=True)[:, 0]


def test_inference_is_the_mean_of_all() -> None:
    columns = np.random.default_rng(0).normal(size=(3, 2, 4, 5)).astype("float32")
    join = FractalJoin(3, 0.9)
    for _ in range(2):
        np.testing.assert_allclose(numpy_of(join(list(columns))), columns.mean(axis=0), rtol=1e-5, atol=1e-6)


@pytest.mark.tensorflow
def test_float64_stays_exact() -> None:
    columns = np.random.default_rng(0).normal(size=(3, 2, 4))
    output = numpy_of(FractalJoin(3, dtype="float64")(list(columns)))
    np.testing.assert_allclose(output, columns.mean(axis=0), rtol=1e-14)


@pytest.mark.parametrize("inputs", [2, 3])
def test_local_drop_path_takes_the_mean_of_those_that_are_left_and_leaves_at_least_one(inputs: int) -> None:
    rate, steps = 0.6, 600
    found = weights(FractalJoin(4, rate, local_share=1, seed=2), inputs, steps)
    left = found > 0
    counts = left.sum(axis=1)
    assert counts.min() == 1
    np.testing.assert_allclose(found, left / counts[:, None], rtol=1e-6)
    # An input stays by itself, or as the one that stays where all would go.
    chance = 1 - rate + rate**inputs / inputs
    np.testing.assert_allclose(left.mean(axis=0), chance, atol=4.5 * math.sqrt(chance * (1 - chance) / steps))
    # Each number of survivors is as likely as among independent inputs, none being counted as one.
    for count in range(1, inputs + 1):
        expected = math.comb(inputs, count) * (1 - rate) ** count * rate ** (inputs - count)
        expected += rate**inputs if count == 1 else 0
        error = math.sqrt(expected * (1 - expected) / steps)
        assert abs(np.mean(counts == count) - expected) < 4.5 * error


def test_global_drop_path_chooses_each_column_alike() -> None:
    steps = 600
    found = weights(FractalJoin(3, local_share=0), 3, steps)
    assert set(map(tuple, found)) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    np.testing.assert_allclose(found.mean(axis=0), 1 / 3, atol=4.5 * math.sqrt(2 / 9 / steps))


def test_all_joins_of_a_network_choose_the_same_column() -> None:
    # Without local drops a local step is told from a global one: all inputs stay.
    joins = {inputs: FractalJoin(4, drop_rate=0, local_share=0.4) for inputs in (4, 3, 2)}
    steps = 300
    found = {inputs: weights(join, inputs, steps) for inputs, join in joins.items()}
    local = np.all(found[4] == 0.25, axis=1)
    assert abs(local.mean() - 0.4) < 4.5 * math.sqrt(0.24 / steps)
    chosen = found[4].argmax(axis=1)
    for inputs in (3, 2):
        np.testing.assert_allclose(found[inputs][local], 1 / inputs, rtol=1e-6)
        for column, of_step in zip(chosen[~local], found[inputs][~local], strict=True):
            own = column - (4 - inputs)
            expected = np.eye(inputs)[own] if own >= 0 else np.full(inputs, 1 / inputs)
            np.testing.assert_allclose(of_step, expected, rtol=1e-6)


def test_another_global_seed_chooses_other_columns() -> None:
    first, second, again = (weights(FractalJoin(3, local_share=0, global_seed=seed), 3, 60) for seed in (1, 2, 1))
    assert 0 < np.mean(np.all(first == second, axis=1)) < 0.7
    np.testing.assert_array_equal(first, again)


def test_local_draws_of_two_joins_are_apart_and_a_seed_repeats_them() -> None:
    first, second, again = (weights(FractalJoin(2, 0.5, local_share=1, seed=seed), 2, 300) for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    kept = [(entry[:, 0] > 0).astype(float) for entry in (first, second)]
    assert abs(np.corrcoef(*kept)[0, 1]) < 4.5 / math.sqrt(300)


def test_a_global_step_of_a_network_computes_one_of_its_columns() -> None:
    """Three columns of 1, 2 and 4 layers, with a join of the two deeper ones in the middle."""
    inputs = keras.Input((4,))
    layers = {name: keras.layers.Dense(4, activation="tanh") for name in ("a", "b1", "b2", "c1", "c2", "c3", "c4")}
    middle = FractalJoin(3, local_share=0)([layers["b1"](inputs), layers["c2"](layers["c1"](inputs))])
    ends = [layers["a"](inputs), layers["b2"](middle), layers["c4"](layers["c3"](middle))]
    network = keras.Model(inputs, FractalJoin(3, local_share=0)(ends))
    data = keras.ops.convert_to_tensor(np.random.default_rng(1).normal(size=(3, 4)).astype("float32"))
    expected = []
    for names in (["a"], ["b1", "b2"], ["c1", "c2", "c3", "c4"]):
        values = data
        for name in names:
            values = layers[name](values)
        expected.append(numpy_of(values))
    found = set()
    for _ in range(25):
        output = numpy_of(network(data, training=True))
        errors = [np.abs(output - entry).max() for entry in expected]
        assert min(errors) < 1e-6
        found.add(int(np.argmin(errors)))
    assert found == {0, 1, 2}


def test_nothing_dropped_is_the_mean() -> None:
    columns = list(np.random.default_rng(2).normal(size=(2, 3, 4)).astype("float32"))
    join = FractalJoin(2, drop_rate=0, local_share=1)
    np.testing.assert_array_equal(numpy_of(join(columns, training=True)), numpy_of(join(columns)))


@pytest.mark.tensorflow
def test_compiled_the_joins_agree_as_well() -> None:
    import tensorflow as tf

    first, second = (FractalJoin(3, local_share=0) for _ in range(2))
    units = [tf.constant(row[None]) for row in np.eye(3, dtype="float32")]

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator,unused-ignore]
    def step(tensors: Any) -> Any:
        return first(tensors, training=True), second(tensors, training=True)

    pairs = np.array([[output.numpy()[0] for output in step(units)] for _ in range(40)])
    np.testing.assert_array_equal(pairs[:, 0], pairs[:, 1])
    assert set(map(tuple, pairs[:, 0])) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}


def test_a_step_that_is_masked_in_all_inputs_stays_masked() -> None:
    masks = [np.array([[True, True, False, False]]), np.array([[True, False, True, False]])]
    inputs = []
    for mask in masks:
        values = keras.ops.convert_to_tensor(np.where(mask[..., None], 1.0, 0.0).astype("float32"))
        inputs.append(keras.layers.Masking()(values))
    output = FractalJoin(2)(inputs)
    np.testing.assert_array_equal(numpy_of(output._keras_mask), [[True, True, True, False]])
    unmasked = keras.ops.ones((1, 4, 1))
    assert getattr(FractalJoin(2)([inputs[0], unmasked]), "_keras_mask", None) is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"columns": 1},
        {"columns": True},
        {"columns": 2.5},
        {"drop_rate": 1.0},
        {"drop_rate": -0.1},
        {"drop_rate": False},
        {"drop_rate": float("nan")},
        {"local_share": 1.1},
        {"local_share": True},
        {"global_seed": None},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        FractalJoin(**{"columns": 3, **arguments})


@pytest.mark.parametrize(
    "shapes",
    [
        [(4,)],
        [(4,), (5,)],
        [(4,)] * 3,
    ],
)
def test_refuses_inputs_that_it_cannot_join(shapes: list[tuple[int]]) -> None:
    with raises(ValueError):
        FractalJoin(2)([keras.Input(shape) for shape in shapes])


def test_refuses_an_input_that_is_not_a_list() -> None:
    with raises(ValueError):
        FractalJoin(2)(keras.Input((4,)))
