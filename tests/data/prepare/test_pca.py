from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.pca import PCA
from kpipe.errors import ArgumentError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def correlated(count: int = 60) -> Any:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 6)) * [5, 3, 2, 1, 0.5, 0.1] @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 7


def test_agrees_with_scikit_learn_up_to_signs(applied: Callable[..., Any]) -> None:
    from sklearn.decomposition import PCA as Theirs  # noqa: N811

    values = correlated()
    theirs = Theirs(3).fit(values)
    stage = PCA(components=3)
    result = applied(stage, values.reshape(-1, 3, 2), values.reshape(-1, 3, 2))
    signs = np.sign((theirs.components_.T * stage.fitted()["directions"]).sum(axis=0))
    np.testing.assert_allclose(result, theirs.transform(values) * signs, atol=1e-4)
    np.testing.assert_allclose(stage.fitted()["variances"], theirs.explained_variance_ * 59 / 60, rtol=1e-10)


def test_the_largest_entry_of_each_direction_is_positive(applied: Callable[..., Any]) -> None:
    stage = PCA(components=6)
    applied(stage, correlated(), correlated())
    directions = stage.fitted()["directions"]
    assert (directions[np.abs(directions).argmax(axis=0), range(6)] > 0).all()
    np.testing.assert_allclose(directions.T @ directions, np.eye(6), atol=1e-12)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_share_keeps_as_few_as_explain_it(applied: Callable[..., Any], share: float) -> None:
    values = correlated()
    stage = PCA(components=share)
    count = applied(stage, values, values).shape[1]
    shares = np.cumsum(np.sort(np.linalg.eigvalsh(np.cov(values.T)))[::-1])
    assert shares[count - 1] / shares[-1] >= share
    assert count == 1 or shares[count - 2] / shares[-1] < share


@pytest.mark.parametrize("components", [0, -1, 0.0, 1.0, 1.5, True])
def test_refuses_components_out_of_range(components: Any) -> None:
    with raises(ArgumentError):
        PCA(components=components)


def test_refuses_more_components_than_values_or_samples() -> None:
    with raises(ArgumentError):
        PCA(components=7).bind(Features("x", "array", (3, 2)))
    stage = PCA(components=4)
    stage.bind(Features("x", "array", (6,)))
    with raises(ArgumentError):
        stage.fit(lambda: [correlated(4)])


def test_refuses_too_many_values_codes_and_equal_samples() -> None:
    with raises(ArgumentError):
        PCA(components=2).bind(Features("image", "image", (64, 64, 3)))
    coded = Features("table", "table", (2,), (FeatureColumn("a"), FeatureColumn("colour", "code", ("red",))))
    with raises(ArgumentError):
        PCA(components=1).bind(coded)
    stage = PCA(components=1)
    stage.bind(Features("x", "array", (2,)))
    with raises(ArgumentError):
        stage.fit(lambda: [np.ones((5, 2))])
