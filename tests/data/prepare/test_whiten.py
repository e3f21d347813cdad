from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import Features
from kpipe.data.prepare.whiten import Whiten
from kpipe.errors import ArgumentError, DataError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def correlated(count: int = 80) -> Any:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 6)) @ rng.normal(size=(6, 6)) + 7


@pytest.mark.parametrize("method", ["pca", "zca"])
def test_the_covariance_becomes_the_identity(applied: Callable[..., Any], method: Any) -> None:
    values = correlated()
    result = applied(Whiten(method, epsilon=1e-9), values, values).astype(np.float64)
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(result.T @ result / len(result), np.eye(6), atol=1e-3)


def test_zca_is_the_symmetric_root_and_keeps_the_shape(applied: Callable[..., Any]) -> None:
    values = correlated()
    stage = Whiten("zca", epsilon=0.1)
    images = values.reshape(-1, 2, 3, 1)
    assert applied(stage, images, images).shape == images.shape
    root = stage.fitted()["kernel"]
    covariance = np.cov(values.T, ddof=0)
    np.testing.assert_allclose(root, root.T, atol=1e-12)
    np.testing.assert_allclose(root @ root @ (covariance + 0.1 * np.eye(6)), np.eye(6), atol=1e-9)


def test_pca_flattens_and_puts_the_largest_variance_first(applied: Callable[..., Any]) -> None:
    values = correlated().reshape(-1, 3, 2)
    stage = Whiten(epsilon=1e-3)
    assert applied(stage, values, values).shape == (80, 6)
    lengths = np.linalg.norm(stage.fitted()["kernel"], axis=0)
    assert (np.diff(lengths) >= 0).all()


def test_a_direction_without_variance_is_bounded_by_epsilon(applied: Callable[..., Any]) -> None:
    values = correlated()
    values[:, 2] = 4.0
    stage = Whiten("zca", epsilon=1e-2)
    applied(stage, values, values)
    assert np.linalg.norm(stage.fitted()["kernel"], 2) <= 10 * (1 + 1e-9)


def test_refuses_fewer_samples_than_values() -> None:
    stage = Whiten()
    stage.bind(Features("x", "array", (6,)))
    with raises(DataError):
        stage.fit(lambda: [correlated(6)])


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "cholesky"},
        {"epsilon": 0.0},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Whiten(**arguments)
