from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.center import Center
from kpipe.errors import ArgumentError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_per_channel_is_one_mean_a_channel(applied: Callable[..., Any]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 5, 2))
    stage = Center()
    result = applied(stage, images, images)
    np.testing.assert_allclose(stage.fitted()["mean"], images.mean(axis=(0, 1, 2)), rtol=1e-14)
    np.testing.assert_allclose(result, images - images.mean(axis=(0, 1, 2)), atol=2e-5)


def test_per_pixel_is_a_mean_image(applied: Callable[..., Any]) -> None:
    images = np.random.default_rng(1).integers(0, 256, (20, 3, 5, 2))
    stage = Center(per="pixel")
    result = applied(stage, images, images)
    np.testing.assert_allclose(stage.fitted()["mean"], images.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=2e-5)


def test_leaves_codes_of_a_table_alone(applied: Callable[..., Any]) -> None:
    features = Features("table", "table", (2,), (FeatureColumn("a"), FeatureColumn("b", "code", ("u", "v"))))
    result = applied(Center(), np.array([[1.0, 2.0], [5.0, 1.0]]), [[3.0, 2.0]], features)
    assert result.tolist() == [[0.0, 2.0]]


def test_refuses_an_unknown_word_and_a_model_before_the_fit() -> None:
    with raises(ArgumentError):
        Center(per="feature")  # type: ignore[arg-type]
    with raises(RuntimeError):
        Center().build(None, "center")
