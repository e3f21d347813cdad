"""The variance is that of NumPy in float64, also in parts."""

import numpy as np
import pytest

from kpipe.train.initialize import output_variance as module
from kpipe.train.initialize.output_variance import output_variance


def test_it_is_that_of_numpy(monkeypatch):
    values = (1000 + np.random.default_rng(0).standard_normal((7, 5, 3))).astype(np.float32)
    expected = np.var(values.astype(np.float64))
    assert output_variance(values) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr(module, "_CHUNK", 4)
    assert output_variance(values) == pytest.approx(expected, rel=1e-12)


def test_half_precision():
    values = np.array([0.5, 1.5, 2.5], np.float16)
    assert output_variance(values) == pytest.approx(2 / 3)
