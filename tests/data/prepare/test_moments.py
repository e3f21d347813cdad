from __future__ import annotations

import numpy as np

from kpipe.data.prepare.moments import Moments


def test_batches_of_any_size_give_the_moments_of_all() -> None:
    values = np.random.default_rng(0).normal(50, 3, (101, 2, 3))
    moments = Moments()
    for piece in np.split(values, [1, 2, 40, 40, 99]):
        moments.add(piece)
    np.testing.assert_allclose(moments.mean, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.variance, values.var(axis=0), rtol=1e-12)
    assert moments.count == 101


def test_of_keeps_the_axes_that_are_named() -> None:
    values = np.random.default_rng(1).normal(size=(10, 3, 4, 2))
    kept = Moments.of([values[:4], values[4:]], (2, 3))
    np.testing.assert_allclose(kept.mean, values.mean(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(kept.variance, values.var(axis=(0, 1)), rtol=1e-12)


def test_a_constant_has_a_variance_of_exactly_zero() -> None:
    values = np.full((1000, 1), 0.1)
    assert Moments().add(values[:7]).add(values[7:]).variance == 0
