from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.layers.fractional_max_pooling2d import FractionalMaxPooling2D, _pool

from .harness import Case

CASES = [
    Case(lambda: FractionalMaxPooling2D(data_format="channels_last", seed=1), (3, 5, 4, 1), random=True),
    Case(
        lambda: FractionalMaxPooling2D((1.25, 1.6), "pseudorandom", False, data_format="channels_first", seed=1),
        (2, 1, 5, 4),
        random=True,
    ),
]


def images_that_show_the_regions(height: int, width: int) -> Any:
    """Two images: a channel rises along the height, one along the width, and two are noise."""
    images = np.random.default_rng(0).normal(size=(2, height, width, 4)).astype("float32")
    images[..., 0] = np.arange(height)[:, None]
    images[..., 1] = np.arange(width)
    return images


def sequences(output: Any, height: int, width: int, overlapping: bool) -> list[Any]:
    """The borders that a pooling took, of rows and of columns, from the last row and column of its regions."""
    found = []
    for last, size in ((output[0, :, 0, 0], height), (output[0, 0, :, 1], width)):
        ends = [int(entry) + (0 if overlapping else 1) for entry in last]
        found.append(np.array([0, *ends[:-1], size]))
        assert ends[-1] == (size - 1 if overlapping else size)
    return found


def pooled(images: Any, rows: Any, columns: Any, overlapping: bool) -> Any:
    """Section 2 of the paper, region after region."""
    more = 1 if overlapping else 0
    output = np.empty((len(images), len(rows) - 1, len(columns) - 1, images.shape[-1]), images.dtype)
    for i in range(len(rows) - 1):
        for j in range(len(columns) - 1):
            region = images[:, rows[i] : rows[i + 1] + more, columns[j] : columns[j + 1] + more]
            output[:, i, j] = region.max(axis=(1, 2))
    return output


def evenly(size: int, count: int, u: Fraction) -> tuple[int, ...]:
    ratio = Fraction(size, count)
    return tuple(math.ceil(ratio * (i + u)) - math.ceil(ratio * u) for i in range(count + 1))


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.tensorflow
@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("pseudo_random", [False, True])
def test_pools_as_tensorflow_does_over_its_regions(overlapping: bool, pseudo_random: bool) -> None:
    import tensorflow as tf

    images = np.random.default_rng(1).normal(size=(2, 17, 12, 3)).astype("float32")
    theirs, rows, columns = tf.nn.fractional_max_pool(
        images, (1.0, 1.44, 1.7, 1.0), pseudo_random=pseudo_random, overlapping=overlapping, seed=3
    )
    ours = _pool(
        _pool(tf.constant(images), tf.cast(rows, "int32"), 1, overlapping), tf.cast(columns, "int32"), 2, overlapping
    )
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("regions", ["random", "pseudorandom"])
@pytest.mark.parametrize(("height", "width", "ratio"), [(25, 36, 1.44), (9, 16, (1.25, 1.9)), (2, 3, 1.4142)])
def test_training_pools_all_samples_and_channels_over_the_same_regions(
    height: int, width: int, ratio: Any, regions: Any, overlapping: bool
) -> None:
    images = images_that_show_the_regions(height, width)
    layer = FractionalMaxPooling2D(ratio, regions, overlapping, seed=5, data_format="channels_last")
    for _ in range(4):
        output = numpy_of(layer(images, training=True))
        rows, columns = sequences(output, height, width, overlapping)
        assert set(np.diff(rows)) | set(np.diff(columns)) <= {1, 2}
        np.testing.assert_array_equal(output, pooled(images, rows, columns, overlapping))
        pair = ratio if isinstance(ratio, tuple) else (ratio, ratio)
        assert output.shape[1:3] == (math.floor(height / pair[0]), math.floor(width / pair[1]))


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 8, 13, 24, 37, 58])
def test_every_size_ends_where_it_should(size: int) -> None:
    images = images_that_show_the_regions(size, size)
    for regions in ("random", "pseudorandom"):
        layer = FractionalMaxPooling2D(math.sqrt(2), regions, overlapping=False, data_format="channels_last", seed=size)
        for training in (False, True):
            output = numpy_of(layer(images, training=training))
            rows, _ = sequences(output, size, size, False)
            assert set(np.diff(rows)) <= {1, 2}
            assert len(rows) == math.floor(size / math.sqrt(2)) + 1


def drawn(layer: FractionalMaxPooling2D, height: int, width: int, count: int) -> tuple[Any, Any]:
    images = images_that_show_the_regions(height, width)[:1, :, :, :2]
    pairs = [sequences(numpy_of(layer(images, training=True)), height, width, False) for _ in range(count)]
    return np.array([rows for rows, _ in pairs]), np.array([columns for _, columns in pairs])


def test_random_regions_take_the_twos_at_any_place_alike() -> None:
    # 5 twos among 9 steps.
    layer = FractionalMaxPooling2D(1.5, overlapping=False, seed=7, data_format="channels_last")
    rows, columns = drawn(layer, 14, 14, 300)
    for sequence in (rows, columns):
        twos = np.diff(sequence) == 2
        assert np.all(twos.sum(axis=1) == 5)
        error = math.sqrt(5 / 9 * 4 / 9 / 300)
        np.testing.assert_allclose(twos.mean(axis=0), 5 / 9, atol=4.5 * error)
        # Any two places are both twos as often as drawing without putting back has it.
        both = (twos[:, :, None] & twos[:, None, :]).mean(axis=0)[np.triu_indices(9, 1)]
        chance = 5 / 9 * 4 / 8
        np.testing.assert_allclose(both, chance, atol=4.5 * math.sqrt(chance * (1 - chance) / 300))
    # Rows and columns are drawn apart: of 126 orders, they agree in one step of 126.
    assert np.mean(np.all(rows == columns, axis=1)) < 0.05


def test_pseudorandom_regions_are_those_of_the_formula_each_as_often_as_u_gives_it() -> None:
    layer = FractionalMaxPooling2D(1.4, "pseudorandom", overlapping=False, seed=8, data_format="channels_last")
    rows, columns = drawn(layer, 10, 11, 300)
    for size, sequence in ((10, rows), (11, columns)):
        # The sequence changes where size * u crosses an integer only.
        expected: dict[tuple[int, ...], float] = {}
        for step in range(size):
            of_step = evenly(size, 7, Fraction(2 * step + 1, 2 * size))
            expected[of_step] = expected.get(of_step, 0) + 1 / size
        found = {entry: np.mean(np.all(sequence == entry, axis=1)) for entry in expected}
        assert math.isclose(sum(found.values()), 1)
        for entry, chance in expected.items():
            assert abs(found[entry] - chance) < 4.5 * math.sqrt(chance * (1 - chance) / 300)


@pytest.mark.parametrize("regions", ["random", "pseudorandom"])
def test_inference_has_the_regions_of_u_one_half(regions: Any) -> None:
    images = images_that_show_the_regions(25, 36)
    layer = FractionalMaxPooling2D(1.44, regions, seed=1, data_format="channels_last")
    expected = pooled(images, evenly(25, 17, Fraction(1, 2)), evenly(36, 25, Fraction(1, 2)), True)
    for _ in range(2):
        np.testing.assert_array_equal(numpy_of(layer(images)), expected)


def test_a_seed_repeats_the_regions_and_steps_do_not() -> None:
    images = np.random.default_rng(2).normal(size=(1, 20, 20, 1)).astype("float32")
    first, second = (FractionalMaxPooling2D(seed=3, data_format="channels_last") for _ in range(2))
    outputs = [numpy_of(layer(images, training=True)) for layer in (first, second, first)]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert np.any(outputs[0] != outputs[2])


def test_channels_first_is_the_transpose_of_channels_last() -> None:
    images = np.random.default_rng(3).normal(size=(2, 9, 12, 3)).astype("float32")
    last = FractionalMaxPooling2D((1.3, 1.6), seed=3, data_format="channels_last")
    first = FractionalMaxPooling2D((1.3, 1.6), seed=3, data_format="channels_first")
    for training in (False, True):
        expected = numpy_of(last(images, training=training)).transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(numpy_of(first(images.transpose(0, 3, 1, 2), training=training)), expected)


@pytest.mark.tensorflow
@pytest.mark.parametrize("regions", ["random", "pseudorandom"])
def test_compiled_it_pools_over_such_regions_and_draws_new_ones_each_step(regions: Any) -> None:
    import tensorflow as tf

    images = images_that_show_the_regions(15, 22)
    layer = FractionalMaxPooling2D(1.6, regions, seed=4, data_format="channels_last")
    function = tf.function(lambda tensor: layer(tensor, training=True), jit_compile=True)
    found = set()
    for _ in range(5):
        output = function(tf.constant(images)).numpy()
        rows, columns = sequences(output, 15, 22, True)
        assert set(np.diff(rows)) | set(np.diff(columns)) <= {1, 2}
        np.testing.assert_array_equal(output, pooled(images, rows, columns, True))
        found.add((*rows, *columns))
    assert len(found) > 1


@pytest.mark.tensorflow
def test_gradient_of_a_region_goes_to_its_largest_pixel_once() -> None:
    import tensorflow as tf

    images = tf.Variable(np.random.default_rng(4).permutation(7 * 7).reshape(1, 7, 7, 1).astype("float32"))
    layer = FractionalMaxPooling2D(1.5, overlapping=False, seed=2, data_format="channels_last")
    with tf.GradientTape() as tape:
        output = layer(images, training=True)
        total = tf.reduce_sum(output)
    expected = np.isin(images.numpy(), output.numpy())
    np.testing.assert_array_equal(tape.gradient(total, images).numpy(), expected)


@pytest.mark.parametrize(
    "arguments",
    [
        {"pool_ratio": 1.0},
        {"pool_ratio": 2},
        {"pool_ratio": float("nan")},
        {"pool_ratio": True},
        {"pool_ratio": (1.5, 2.5)},
        {"pool_ratio": (1.5, 1.5, 1.5)},
        {"regions": "pseudo"},
        {"data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        FractionalMaxPooling2D(**arguments)


@pytest.mark.parametrize(
    "shape",
    [
        (None, 8, 3),
        (8, 3),
        (8, 1, 3),
        (8, 5, 3),
    ],
)
def test_refuses_sizes_that_are_unknown_or_too_small(shape: tuple[int | None, ...]) -> None:
    with raises(ValueError):
        FractionalMaxPooling2D(1.9, data_format="channels_last")(keras.Input(shape))
