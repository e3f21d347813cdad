from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import warm_process
from golden import KERAS_CALL, raises
from kpipe_callbacks import ExplosionDetector

from kpipe.layers.decorrelated_batch_norm import DecorrelatedBatchNorm

from .harness import Case

CASES = [
    Case(lambda: DecorrelatedBatchNorm(group_size=3), (4, 3, 3, 6), trainable=2, whole_batch=True),
    Case(
        lambda: DecorrelatedBatchNorm(group_size=2, data_format="channels_first"),
        (4, 4, 3, 2),
        trainable=2,
        whole_batch=True,
    ),
    Case(
        lambda: DecorrelatedBatchNorm(momentum=0.5, center=False, gamma_regularizer="l2"),
        (4, 5, 6),
        trainable=1,
        whole_batch=True,
    ),
    Case(
        lambda: DecorrelatedBatchNorm(epsilon=0.1, scale=False, beta_constraint="non_neg"),
        (9, 4),
        trainable=1,
        whole_batch=True,
    ),
]

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def moments(x: Any, size: int, epsilon: float) -> tuple[Any, Any]:
    """Mean and ZCA matrices of (values, channels) in float64, by the singular vectors of the centered values."""
    x = np.asarray(x, np.float64)
    mean, matrices = x.mean(axis=0), []
    for first in range(0, x.shape[1], size):
        part = (x - mean)[:, first : first + size]
        _, stretches, vectors = np.linalg.svd(part, full_matrices=True)
        values = np.zeros(size)
        values[: len(stretches)] = stretches**2 / len(x)
        matrices.append(vectors.T @ np.diag((values + epsilon) ** -0.5) @ vectors)
    return mean, np.array(matrices)


def whitened(x: Any, mean: Any, matrices: Any) -> Any:
    x = np.asarray(x, np.float64) - mean
    parts = np.split(x, len(matrices), axis=-1)
    return np.concatenate([part @ matrix for part, matrix in zip(parts, matrices, strict=True)], axis=-1)


def correlated(shape: tuple[int, ...], seed: int = 0) -> Any:
    chance = np.random.default_rng(seed)
    return chance.normal(size=shape) @ chance.normal(size=(shape[-1], shape[-1])) + chance.normal(size=shape[-1])


@pytest.mark.parametrize("shape", [(40, 8), (5, 9, 8), (3, 5, 4, 8), (2, 3, 2, 5, 8)])
@pytest.mark.parametrize("size", [1, 2, 8])
def test_is_zca_of_each_group(size: int, shape: tuple[int, ...]) -> None:
    inputs = correlated(shape)
    expected = whitened(inputs, *moments(inputs.reshape(-1, 8), size, 0.01))
    for dtype, tolerance in (("float64", 1e-10), ("float32", 1e-4)):
        layer = DecorrelatedBatchNorm(size, epsilon=0.01, dtype=dtype)
        np.testing.assert_allclose(numpy_of(layer(inputs.astype(dtype), training=True)), expected, atol=tolerance)


@pytest.mark.parametrize(("dtype", "epsilon", "tolerance"), [("float64", 1e-12, 1e-9), ("float32", 1e-6, 1e-4)])
def test_covariance_of_each_group_becomes_the_identity(dtype: str, epsilon: float, tolerance: float) -> None:
    inputs = correlated((500, 12)).astype(dtype)
    layer = DecorrelatedBatchNorm(4, epsilon=epsilon, dtype=dtype)
    outputs = numpy_of(layer(inputs, training=True)).astype("float64")
    np.testing.assert_allclose(outputs.mean(axis=0), 0, atol=tolerance)
    covariance = np.cov(outputs.T, bias=True)
    for first in (0, 4, 8):
        block = covariance[first : first + 4, first : first + 4]
        np.testing.assert_allclose(block, np.eye(4), atol=tolerance)
    # Of two groups there is correlation left: else the groups would not be groups.
    assert np.abs(covariance[:4, 4:]).max() > 0.1


def test_channels_first_is_the_transpose_of_channels_last() -> None:
    inputs = correlated((3, 5, 4, 6)).astype("float32")
    weights = [np.arange(1.0, 7.0), -np.arange(6.0), np.zeros(6), np.zeros((2, 3, 3))]
    found = []
    for layer, x in (
        (DecorrelatedBatchNorm(3), inputs),
        (DecorrelatedBatchNorm(3, data_format="channels_first"), inputs.transpose(0, 3, 1, 2)),
    ):
        layer.build(x.shape)
        layer.set_weights(weights)
        found.append([numpy_of(layer(x, training=True)), *layer.get_weights()])
    np.testing.assert_allclose(found[1][0], found[0][0].transpose(0, 3, 1, 2), atol=1e-4)
    for first, last in zip(found[1][1:], found[0][1:], strict=True):
        np.testing.assert_allclose(first, last, atol=1e-5)


def test_inference_takes_the_moving_averages_of_mean_and_whitening_matrix() -> None:
    layer = DecorrelatedBatchNorm(2, momentum=0.8, epsilon=0.01, dtype="float64")
    mean, matrices = np.zeros(4), np.array([np.eye(2)] * 2)
    for step in range(5):
        inputs = correlated((20, 4), step)
        layer(inputs, training=True)
        new_mean, new_matrices = moments(inputs, 2, 0.01)
        mean, matrices = 0.8 * mean + 0.2 * new_mean, 0.8 * matrices + 0.2 * new_matrices
    np.testing.assert_allclose(numpy_of(layer.moving_mean), mean, atol=1e-10)
    np.testing.assert_allclose(numpy_of(layer.moving_whitening), matrices, atol=1e-9)
    inputs = correlated((3, 4), 9)
    np.testing.assert_allclose(numpy_of(layer(inputs)), whitened(inputs, mean, matrices), atol=1e-9)


def test_new_layer_changes_nothing_in_inference() -> None:
    inputs = correlated((3, 4)).astype("float32")
    np.testing.assert_allclose(numpy_of(DecorrelatedBatchNorm(2)(inputs)), inputs, rtol=1e-6)


@pytest.mark.parametrize(("momentum", "kept"), [(1.0, True), (0.0, False)])
def test_ends_of_momentum(momentum: float, kept: bool) -> None:
    layer = DecorrelatedBatchNorm(2, momentum=momentum, dtype="float64")
    inputs = correlated((30, 4))
    output = numpy_of(layer(inputs, training=True))
    np.testing.assert_allclose(numpy_of(layer(inputs)), inputs if kept else output, atol=1e-10)


def test_groups_of_one_are_batch_normalization() -> None:
    inputs = correlated((6, 5, 3)).astype("float32")
    weights = [np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.0, 1.0])]
    layer, theirs = DecorrelatedBatchNorm(1, epsilon=0.1), keras.layers.BatchNormalization(epsilon=0.1)
    for each in (layer, theirs):
        each.build(inputs.shape)
        each.gamma.assign(weights[0])
        each.beta.assign(weights[1])
    np.testing.assert_allclose(
        numpy_of(layer(inputs, training=True)), numpy_of(theirs(inputs, training=True)), atol=1e-5
    )


def test_gamma_and_beta_are_of_the_whitened_channels() -> None:
    inputs = correlated((30, 4))
    plain, layer = DecorrelatedBatchNorm(2, dtype="float64"), DecorrelatedBatchNorm(2, dtype="float64")
    layer.build(inputs.shape)
    gamma, beta = np.array([1.0, -2.0, 3.0, 0.0]), np.array([5.0, 6.0, 7.0, 8.0])
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    expected = numpy_of(plain(inputs, training=True)) * gamma + beta
    np.testing.assert_allclose(numpy_of(layer(inputs, training=True)), expected, atol=1e-10)


def test_frozen_layer_is_in_inference_mode() -> None:
    inputs = correlated((30, 4)).astype("float32")
    layer = DecorrelatedBatchNorm(2)
    layer(inputs, training=True)
    layer.trainable = False
    before, expected = layer.get_weights(), numpy_of(layer(inputs))
    np.testing.assert_array_equal(numpy_of(layer(inputs, training=True)), expected)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_digits_stay_where_the_mean_is_far_from_zero() -> None:
    inputs = (np.random.default_rng(1).normal(size=(300, 8)) + 1000 * np.arange(1, 9)).astype("float32")
    expected = whitened(inputs, *moments(inputs, 4, 1e-3))
    output = numpy_of(DecorrelatedBatchNorm(4)(inputs, training=True))
    np.testing.assert_allclose(output, expected, atol=1e-4)


@pytest.mark.parametrize("values", [1, 3])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_fewer_values_than_channels_are_bounded_by_epsilon(values: int, scale: float) -> None:
    inputs = (scale * correlated((values, 8))).astype("float32")
    output = numpy_of(DecorrelatedBatchNorm(8, epsilon=0.01)(inputs, training=True))
    np.testing.assert_allclose(output, whitened(inputs, *moments(inputs, 8, 0.01)), atol=2e-2)
    assert np.square(output).mean(axis=0).max() < 1.01


def masked_inputs() -> tuple[Any, Any]:
    mask = np.array([[True, True, True, False], [True, False, False, False], [False] * 4, [True] * 4])
    inputs = correlated((4, 4, 4))
    inputs[~mask] = 1e3
    return inputs, mask


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masked_steps_are_excluded(data_format: str) -> None:
    inputs, mask = masked_inputs()
    layer = DecorrelatedBatchNorm(2, momentum=0.0, data_format=data_format, dtype="float64")
    mean, matrices = moments(inputs[mask], 2, 1e-3)
    given = inputs if data_format == "channels_last" else inputs.transpose(0, 2, 1)
    output = numpy_of(layer(given, training=True, mask=mask))
    output = output if data_format == "channels_last" else output.transpose(0, 2, 1)
    np.testing.assert_allclose(output[mask], whitened(inputs[mask], mean, matrices), atol=1e-9)
    np.testing.assert_allclose(numpy_of(layer.moving_mean), mean, atol=1e-10)
    np.testing.assert_allclose(numpy_of(layer.moving_whitening), matrices, atol=1e-9)


def test_batch_without_an_unmasked_step_stays_finite() -> None:
    inputs, mask = masked_inputs()
    layer = DecorrelatedBatchNorm(2)
    assert np.isfinite(numpy_of(layer(inputs, training=True, mask=mask & False))).all()
    assert all(np.isfinite(weight).all() for weight in layer.get_weights())


def test_refuses_a_mask_that_does_not_fit() -> None:
    with raises(ValueError, foreign=KERAS_CALL):
        DecorrelatedBatchNorm(2)(np.ones((2, 3, 5, 4), "float32"), training=True, mask=np.ones((2, 3), bool))


def spread(eigenvalues: list[float]) -> Any:
    """Values with mean 0 and these eigenvalues of the covariance, exactly but for rounding, in turned axes."""
    size = len(eigenvalues)
    signs = np.array([[(-1) ** (row >> column & 1) for column in range(size)] for row in range(2**size)])
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(size, size)))
    return signs * np.sqrt(eigenvalues) @ turn


@pytest.mark.tensorflow
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "eigenvalues", [[1.0, 2.0, 5.0], [1.0, 1.0, 1.0], [2.0, 2.0 + 1e-9, 3.0], [1.0, 1.0, 0.0], [1e4, 1.0, 1e-4]]
)
def test_gradient_is_right_where_eigenvalues_are_equal(eigenvalues: list[float], compiled: bool) -> None:
    import tensorflow as tf

    inputs = spread(eigenvalues)
    chance = np.random.default_rng(3)
    upstream, directions = chance.normal(size=inputs.shape), chance.normal(size=(5, *inputs.shape))
    layer = DecorrelatedBatchNorm(3, epsilon=0.1, dtype="float64")
    variable = tf.Variable(inputs)

    def slope() -> Any:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(variable, training=True) * upstream)
        return tape.gradient(total, variable)

    layer.build(inputs.shape)
    found = (tf.function(slope) if compiled else slope)().numpy()
    for direction in directions:
        ends = [
            (whitened(x, *moments(x, 3, 0.1)) * upstream).sum()
            for x in (inputs + 1e-5 * direction, inputs - 1e-5 * direction)
        ]
        np.testing.assert_allclose((found * direction).sum(), (ends[0] - ends[1]) / 2e-5, rtol=1e-6, atol=1e-6)


REPLICAS = """
import json
import keras, numpy as np, tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from kpipe.layers.decorrelated_batch_norm import DecorrelatedBatchNorm
x = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
x[12:] = 2 * x[12:] + 1
def trained(strategy, synchronized):
    with strategy.scope():
        keras.utils.set_random_seed(1)
        norm = DecorrelatedBatchNorm(2, momentum=0.5, synchronized=synchronized)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), norm, keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(24).repeat()
    model.fit(data, steps_per_epoch=3, verbose=0)
    return np.concatenate([weight.numpy().ravel() for weight in model.weights])
two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
one = trained(tf.distribute.get_strategy(), True)
found = {kind: float(np.abs(one - trained(two, kind == "synchronized")).max()) for kind in ("synchronized", "apart")}
with two.scope():
    norm = DecorrelatedBatchNorm(2, momentum=0.5)
    norm.build((None, 4))
parts = [tf.constant(x[:12]), tf.constant(x[12:])]
step = tf.function(lambda parts: two.run(lambda part: norm(part, training=True), args=(parts,)))
given = lambda context: parts[context.replica_id_in_sync_group]
moved = []
for broken in (False, True):
    if broken:
        parts[1] = tf.where(tf.reshape(tf.range(48), (12, 4)) == 5, np.nan, parts[1])
    before = [copy.numpy() for v in norm.non_trainable_variables for copy in v.value.values]
    outputs = two.experimental_local_results(step(two.experimental_distribute_values_from_function(given)))
    after = [copy.numpy() for v in norm.non_trainable_variables for copy in v.value.values]
    moved.append([float(np.abs(a - b).max()) for a, b in zip(before, after)])
found["moved"], found["nan"] = moved, [bool(np.isnan(output.numpy()).any()) for output in outputs]
print(json.dumps(found))
"""


@pytest.mark.tensorflow
def test_replicas() -> None:
    """Synchronized ones train as one device; one whose part is not finite moves the averages of none."""
    command = [sys.executable, "-c", REPLICAS]
    done = warm_process.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["synchronized"] < 1e-5
    # Each replica gets another half, whose moments are not those of the whole.
    assert found["apart"] > 1e-2
    assert min(found["moved"][0]) > 0
    assert found["moved"][1] == [0.0] * 4
    assert found["nan"] == [False, True]


@pytest.mark.parametrize(
    "arguments",
    [
        {"group_size": 0},
        {"group_size": True},
        {"group_size": 2.0},
        {"momentum": 1.1},
        {"momentum": -0.1},
        {"momentum": float("nan")},
        {"momentum": True},
        {"epsilon": 0.0},
        {"epsilon": float("inf")},
        {"data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        DecorrelatedBatchNorm(**arguments)


@pytest.mark.parametrize(("channels", "size"), [(64, 16), (16, 16), (24, 12), (6, 6), (17, 1)])
def test_auto_is_the_largest_divisor_up_to_16(channels: int, size: int) -> None:
    layer = DecorrelatedBatchNorm()
    layer.build((None, channels))
    assert layer.moving_whitening.shape == (channels // size, size, size)
    assert layer.get_config()["group_size"] == "auto"


def test_refuses_groups_that_do_not_divide() -> None:
    with raises(ValueError):
        DecorrelatedBatchNorm(4)(keras.Input((5, 6)))


@pytest.mark.parametrize("shape", [(4, None), ()])
def test_refuses_an_input_without_channels(shape: tuple[int | None, ...]) -> None:
    with raises(ValueError):
        DecorrelatedBatchNorm()(keras.Input(shape))


def moving(layer: DecorrelatedBatchNorm) -> list[Any]:
    return [numpy_of(variable) for variable in (layer.moving_mean, layer.moving_whitening)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_a_batch_that_is_not_finite_gives_nan_and_leaves_the_averages_alone(value: float) -> None:
    layer = DecorrelatedBatchNorm(2)
    inputs = correlated((5, 4, 4)).astype("float32")
    expected = numpy_of(layer(inputs, training=True))
    before = moving(layer)
    inputs[2, 1, 1] = value
    found = numpy_of(layer(inputs, training=True))
    assert np.isnan(found[..., :2]).all()
    np.testing.assert_allclose(found[..., 2:], expected[..., 2:], rtol=1e-6)
    for new, old in zip(moving(layer), before, strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.tensorflow
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_of_what_is_not_finite_are_nan_in_compiled_steps_too(jit_compile: bool) -> None:
    import tensorflow as tf

    layer = DecorrelatedBatchNorm(2)
    layer.build((None, 4))

    @tf.function(jit_compile=jit_compile)
    def step(inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(tf.square(layer(inputs, training=True)))
        return tape.gradient(loss, inputs)

    inputs = correlated((6, 4)).astype("float32")
    inputs[0, 0] = np.inf
    gradient = step(tf.constant(inputs)).numpy()
    assert np.isnan(gradient[:, :2]).all()
    assert np.isfinite(gradient[:, 2:]).all()


@pytest.mark.parametrize("on_explosion", ["stop", "rollback"])
def test_an_explosion_through_it_is_noticed_and_undone(on_explosion: Any) -> None:
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(32, 8)).astype("float32"), chance.normal(size=(32, 1)).astype("float32")
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((8,)),
        keras.layers.Dense(8),
        DecorrelatedBatchNorm(4),
        keras.layers.ReLU(),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(1e20), "mse")
    detector = ExplosionDetector(factor=None, on_explosion=on_explosion, max_rollbacks=30, lr_factor=0.1)
    model.fit(x, y, batch_size=16, epochs=30, verbose=0, callbacks=[detector])
    assert detector.events
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
