"""What every layer of kpipe must do, as one check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest


@pytest.fixture
def check_layer(tmp_path: Path) -> Callable[..., None]:
    """`check_layer(layer_class, kwargs, input_shape)`: raises if the layer breaks one of the rules below.

    Args:
        layer_class: the class.
        kwargs: its arguments.
        input_shape: of a batch, all axes known.
        trainable: how many trainable variables it has.
        half_tolerance: largest difference of a result under mixed_float16.
    """

    def check(
        layer_class: type[Any],
        kwargs: dict[str, Any],
        input_shape: tuple[int, ...],
        trainable: int = 0,
        half_tolerance: float = 2e-2,
    ) -> None:
        inputs = np.random.default_rng(0).normal(size=input_shape).astype("float32")
        layer = layer_class(**kwargs)
        expected = keras.ops.convert_to_numpy(
            layer(inputs, training=False) if _wants_training(layer) else layer(inputs)
        )
        assert np.isfinite(expected).all()
        assert len(layer.trainable_variables) == trainable
        _check_config(layer, layer_class, kwargs, inputs, expected)
        _check_shape(layer_class, kwargs, input_shape, expected)
        _check_saving(layer_class, kwargs, inputs, tmp_path / "layer.keras")
        _check_half(layer_class, kwargs, inputs, expected, half_tolerance)
        _check_training(layer_class, kwargs, inputs)

    return check


def _wants_training(layer: Any) -> bool:
    return bool(layer._call_has_training_arg)


def _check_config(layer: Any, layer_class: type[Any], kwargs: dict[str, Any], inputs: Any, expected: Any) -> None:
    """The configuration has every argument as it was given and makes the same layer."""
    config = layer.get_config()
    assert {name: config[name] for name in kwargs} == kwargs
    again = layer_class.from_config(config)
    assert again.get_config() == config
    again(inputs)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(again(inputs)), expected)


def _check_shape(layer_class: type[Any], kwargs: dict[str, Any], input_shape: tuple[int, ...], expected: Any) -> None:
    """The symbolic shape, with an unknown number of samples, is the one that comes out."""
    symbolic = layer_class(**kwargs)(keras.Input(input_shape[1:]))
    assert tuple(symbolic.shape) == (None, *expected.shape[1:])
    assert tuple(layer_class(**kwargs).compute_output_shape(input_shape)) == expected.shape


def _check_saving(layer_class: type[Any], kwargs: dict[str, Any], inputs: Any, path: Path) -> None:
    """A model with it is saved and loaded with its weights, by kpipe's registered name."""
    assert keras.saving.get_registered_name(layer_class) == f"kpipe>{layer_class.__name__}"
    model = _model(layer_class, kwargs, inputs)
    model.save(path)
    loaded = keras.saving.load_model(path)
    assert np.array_equal(model.predict(inputs, verbose=0), loaded.predict(inputs, verbose=0))


def _check_half(layer_class: type[Any], kwargs: dict[str, Any], inputs: Any, expected: Any, tolerance: float) -> None:
    """Under mixed precision the result is half precision and near the full one."""
    output = layer_class(**kwargs, dtype="mixed_float16")(inputs)
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    np.testing.assert_allclose(keras.ops.convert_to_numpy(output).astype("float32"), expected, atol=tolerance)


def _check_training(layer_class: type[Any], kwargs: dict[str, Any], inputs: Any) -> None:
    """A step of training sends a gradient through it: the layer before it changes."""
    model = _model(layer_class, kwargs, inputs, before=True)
    before = model.layers[1].get_weights()
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    model.train_on_batch(inputs, np.ones((len(inputs), 1), "float32"))
    after = model.layers[1].get_weights()
    assert all(np.isfinite(weights).all() for weights in after)
    assert any(np.abs(old - new).max() > 0 for old, new in zip(before, after, strict=True))


def _model(layer_class: type[Any], kwargs: dict[str, Any], inputs: Any, before: bool = False) -> Any:
    layers = [keras.Input(inputs.shape[1:])]
    if before:
        layers.append(keras.layers.Dense(inputs.shape[-1]))
    layers += [layer_class(**kwargs), keras.layers.Flatten(), keras.layers.Dense(1)]
    sequential = keras.Sequential(layers)
    return keras.Model(sequential.inputs, sequential.outputs)
