"""What every layer of kpipe must do, as one check each; each layer's own test file says with which arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kpipe.train.devices.precision import dtype_policy

Shape = tuple[int, ...]
#: JAX without XLA compiles each operation of a step by itself; TensorFlow with it takes longer than without.
JIT_COMPILE = keras.backend.backend() == "jax"


@dataclass(frozen=True, eq=False)
class Case:
    """A layer with its arguments, and what it is tried on.

    Args:
        make: gives a new layer each time, of the data type that Keras is set to.
        input_shape: of a batch, all axes known; a list of shapes for a layer that takes a list.
        trainable: how many trainable variables the layer has.
        random: whether it draws while it trains.
        whole_batch: whether a sample's output depends on the other samples of its batch while it trains.
        mask: what becomes of a mask of an input (n, steps, features): `kept`, or `ends` there without a warning.
        half_tolerance: largest absolute difference of a result under mixed_float16.
        integers: whether inputs may be integers, which Keras' own convolutions refuse.
    """

    make: Callable[[], Any]
    input_shape: Shape | list[Shape]
    trainable: int = 0
    random: bool = False
    whole_batch: bool = False
    mask: str = "kept"
    half_tolerance: float = 2e-2
    integers: bool = True

    def inputs(self, dtype: str = "float32") -> Any:
        """Standard normal numbers, the same ones each time."""
        chance = np.random.default_rng(0)
        shapes = self.input_shape if isinstance(self.input_shape, list) else [self.input_shape]
        made = [chance.normal(size=shape).astype(dtype) for shape in shapes]
        return made if isinstance(self.input_shape, list) else made[0]


def called(layer: Any, inputs: Any, **options: Any) -> Any:
    """The output as a NumPy array."""
    return keras.ops.convert_to_numpy(output_of(layer, inputs, **options))


def output_of(layer: Any, inputs: Any, **options: Any) -> Any:
    """The output of a call; on JAX of a compiled one, since XLA compiles each operation of any other by itself."""
    if keras.backend.backend() != "jax":
        return layer(inputs, **options)
    import jax

    call, values = _stateless(layer, inputs, options)
    output, changed = jax.jit(call)(values, inputs)
    for variable, value in zip(layer.variables, changed, strict=True):
        variable.assign(value)
    return output


def type_of_output(layer: Any, inputs: Any, **options: Any) -> Any:
    """An object with the data type and the shape of the output; on JAX those that a compiled call has."""
    if keras.backend.backend() != "jax":
        return layer(inputs, **options)
    import jax

    call, values = _stateless(layer, inputs, options)
    return jax.eval_shape(call, values, inputs)[0]


def _stateless(layer: Any, inputs: Any, options: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The call as a function of the variables' values and the inputs, with the values that it leaves; and the values."""
    if not layer.built:
        layer.build(_shapes(inputs))
    variables = layer.variables

    def call(values: list[Any], inputs: Any) -> tuple[Any, list[Any]]:
        # Not `stateless_call`, which neither casts the inputs nor calls `__call__`.
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
            output = layer(inputs, **options)
        return output, [scope.get_current_value(variable) for variable in variables]

    return call, [variable.value for variable in variables]


def outputs_of_steps(layer: Any, inputs: Any, steps: int, **options: Any) -> Any:
    """The outputs of several calls in a row, of a compiled function as in a training, as one NumPy array."""
    if keras.backend.backend() == "jax":
        return _outputs_on_jax(layer, inputs, steps, options)
    import tensorflow as tf

    if not layer.built:
        layer.build(_shapes(inputs))
    inputs = keras.tree.map_structure(tf.convert_to_tensor, inputs)
    step = tf.function(lambda: layer(inputs, **options), autograph=False)
    return np.stack([step().numpy() for _ in range(steps)])


def _outputs_on_jax(layer: Any, inputs: Any, steps: int, options: dict[str, Any]) -> Any:
    import jax

    call, values = _stateless(layer, inputs, options)
    call, outputs = jax.jit(call), []
    for _ in range(steps):
        output, values = call(values, inputs)
        outputs.append(np.asarray(output))
    for variable, value in zip(layer.variables, values, strict=True):
        variable.assign(value)
    return np.stack(outputs)


def _shapes(inputs: Any) -> Any:
    return keras.tree.map_structure(lambda array: array.shape, inputs)


@functools.cache
def reference(case: Case) -> tuple[Any, Any]:
    """A layer and its output in inference, for all tests that change nothing in it."""
    layer = case.make()
    return layer, called(layer, case.inputs())


def check_shape(case: Case) -> None:
    """The symbolic shape, with an unknown number of samples, is the one that comes out, in training and inference."""
    layer, inputs = case.make(), case.inputs()
    symbolic = layer(keras.tree.map_structure(lambda array: keras.Input(array.shape[1:]), inputs))
    trainings = (False, True) if _training(layer, True) else (False,)
    for training in trainings:
        output = called(layer, inputs, **_training(layer, training))
        assert np.isfinite(output).all()
        assert tuple(symbolic.shape) == (None, *output.shape[1:])
        assert tuple(case.make().compute_output_shape(case.input_shape)) == output.shape
    assert len(layer.trainable_variables) == case.trainable


def check_config(case: Case) -> None:
    """The configuration makes the same layer, and is what JSON holds."""
    layer, expected = reference(case)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(again) == config
    if not again.built:
        again.build(_shapes(case.inputs()))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(called(again, case.inputs()), expected)


def check_saving(case: Case, path: Path) -> None:
    """A model with it is saved and loaded with its weights, by kpipe's registered name."""
    kind, inputs = type(case.make()), case.inputs()
    assert keras.saving.get_registered_name(kind) == f"kpipe>{kind.__name__}"
    model, _ = trained(case)
    model.save(path)
    loaded = keras.saving.load_model(path)
    # A call instead of `predict`, which compiles a function for each of the two.
    np.testing.assert_array_equal(called(model, inputs), called(loaded, inputs))


def check_half(case: Case) -> None:
    """Under mixed precision the result is half precision and near the full one, also in training."""
    inputs = case.inputs()
    layer, expected = reference(case)
    with dtype_policy("mixed_float16"):
        half = case.make()
    half.build(_shapes(inputs))
    half.set_weights(layer.get_weights())
    output = output_of(half, inputs)
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    assert all(weight.dtype != "float16" for weight in half.weights)
    output = keras.ops.convert_to_numpy(output).astype("float32")
    np.testing.assert_allclose(output, expected, atol=case.half_tolerance)
    output = output_of(half, inputs, **_training(half, True))
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    assert np.isfinite(keras.ops.convert_to_numpy(output)).all()


def check_dtypes(case: Case, policy: str) -> None:
    """What the layer announces, symbolically and by its specification, is what comes out: its compute data type."""
    for dtype, training in (("float32", True), ("uint8", False))[: 1 + case.integers]:
        with dtype_policy(policy):
            layer = case.make()
        options = _training(layer, training)
        inputs = keras.tree.map_structure(lambda array: np.abs(3 * array).astype(dtype), case.inputs())  # noqa: B023
        symbolic = keras.tree.map_structure(lambda array: keras.Input(array.shape[1:], dtype=array.dtype), inputs)
        output = type_of_output(layer, inputs, **options)
        for announced in (layer.compute_output_spec(symbolic, **options), layer(symbolic, **options), output):
            assert keras.backend.standardize_dtype(announced.dtype) == layer.compute_dtype
            assert tuple(announced.shape[1:]) == tuple(output.shape[1:])


def check_large(case: Case, policy: str) -> None:
    """Inputs in float32 above the range of half precision give what float32 gives, rounded to it at the end."""
    inputs = 1000 * case.inputs() + 70000
    layer = case.make()
    options = _training(layer, True)
    layer.build(inputs.shape)
    with dtype_policy(policy):
        half = case.make()
    half.build(inputs.shape)
    half.set_weights(layer.get_weights())
    with np.errstate(over="ignore"):
        expected = called(layer, inputs, **options).astype("float16")
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(called(half, inputs, **options), expected, rtol=2e-3, atol=2e-3)


def check_large_gradient(case: Case) -> None:
    """Nor do their gradients overflow."""
    import tensorflow as tf

    with dtype_policy("mixed_float16"):
        layer = case.make()
    inputs = tf.constant(1000 * case.inputs() + 70000)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        # Of gates that are 1 the outputs are infinite, as they are beyond half precision.
        outputs = tf.cast(layer(inputs, **_training(layer, True)), "float32")
        loss = tf.reduce_sum(
            tf.where(tf.math.is_finite(outputs), outputs, 0.0)
            * np.linspace(-1e-3, 1e-3, case.input_shape[-1], dtype="float32")
        )
    gradients = tape.gradient(loss, [inputs, *(variable.value for variable in layer.trainable_variables)])
    assert all(np.isfinite(gradient.numpy()).all() for gradient in gradients)


def check_integers(case: Case) -> None:
    """Integers give what the same numbers as floats give."""
    layer, integers = case.make(), keras.tree.map_structure(lambda array: (9 * array).astype("int32"), case.inputs())
    floats = keras.tree.map_structure(lambda array: array.astype("float32"), integers)
    np.testing.assert_allclose(called(layer, integers), called(layer, floats), rtol=1e-6, atol=1e-6)


def check_gradient(case: Case, training: bool) -> None:
    """The gradient along a random direction of the inputs and of each variable is the difference quotient, in float64."""
    import tensorflow as tf

    chance = np.random.default_rng(1)
    with dtype_policy("float64"):
        layer = case.make()
        options = _training(layer, training)
        inputs = keras.tree.map_structure(tf.Variable, case.inputs("float64"))
        layer(inputs, **options)
        for variable in layer.trainable_variables:
            variable.assign(chance.normal(size=variable.shape))
        state = [(variable, np.array(variable)) for variable in layer.non_trainable_variables]
        weights = chance.normal(size=layer(inputs, **options).shape)

        def loss() -> Any:
            for variable, value in state:
                variable.assign(value)
            return tf.reduce_sum(layer(inputs, **options) * weights)

        sources = [*keras.tree.flatten(inputs), *(variable.value for variable in layer.trainable_variables)]
        with tf.GradientTape() as tape:
            value = loss()
        for source, gradient in zip(sources, tape.gradient(value, sources), strict=True):
            before, direction = source.numpy(), chance.normal(size=source.shape)
            ends = []
            for sign in (1, -1):
                source.assign(before + sign * 1e-6 * direction)
                ends.append(float(loss()))
            source.assign(before)
            expected = (ends[0] - ends[1]) / 2e-6
            found = float(np.sum(direction * (np.zeros_like(before) if gradient is None else gradient.numpy())))
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def check_mask(case: Case) -> None:
    """A mask of the steps is passed on or ends, as the case says, and no warning is given."""
    inputs = case.inputs()
    mask = np.ones(inputs.shape[:2], bool)
    mask[:, -1] = False
    masked = keras.layers.Masking()(keras.ops.convert_to_tensor(inputs * mask[..., None]))
    output = case.make()(masked)
    found = getattr(output, "_keras_mask", None)
    if case.mask == "kept":
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), mask)
    else:
        assert found is None


def check_training(case: Case) -> None:
    """A step of training sends a gradient through it: the layers before it change."""
    model, before = trained(case)
    for layer, old in zip(_layers_before(model), before, strict=True):
        assert all(np.isfinite(weight).all() for weight in layer.get_weights())
        assert any(np.abs(a - b).max() > 0 for a, b in zip(old, layer.get_weights(), strict=True))


@functools.cache
def trained(case: Case) -> tuple[Any, list[list[Any]]]:
    """A network after some steps, for all tests that change nothing in it, and the first weights before the layer."""
    inputs = case.inputs()
    model = network(case)
    weights = [layer.get_weights() for layer in _layers_before(model)]
    # Several steps, since a draw may drop all.
    for _ in range(4):
        _train(model, inputs)
    return model, weights


def _layers_before(model: Any) -> list[Any]:
    return [layer for layer in model.layers if layer.name.startswith("before")]


def network(case: Case) -> Any:
    """The layer between others, as a functional model."""
    inputs = keras.tree.map_structure(lambda array: keras.Input(array.shape[1:]), case.inputs())
    numbered = enumerate(keras.tree.flatten(inputs))
    tensors = [keras.layers.Dense(tensor.shape[-1], name=f"before_{index}")(tensor) for index, tensor in numbered]
    entering = tensors if isinstance(inputs, list) else tensors[0]
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(case.make()(entering)))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", jit_compile=JIT_COMPILE)
    return model


def _train(model: Any, inputs: Any) -> None:
    count = len(keras.tree.flatten(inputs)[0])
    model.train_on_batch(inputs, np.linspace(-1, 1, count, dtype="float32")[:, None])


def _training(layer: Any, training: bool) -> dict[str, bool]:
    """The argument of a layer that computes something else while it trains."""
    return {"training": training} if layer._call_has_training_arg else {}
