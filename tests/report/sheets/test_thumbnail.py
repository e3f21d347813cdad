import numpy as np
import pytest

from kpipe.report.sheets.thumbnail import Thumbnail

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64", "bool"])
@pytest.mark.parametrize(
    ("shape", "shown"), [((8, 6), 1), ((8, 6, 1), 1), ((8, 6, 2), 1), ((8, 6, 3), 3), ((8, 6, 4), 3), ((8, 6, 9), 3)]
)
def test_small_samples_keep_their_values(dtype, shape, shown):
    sample = RNG.integers(0, 2, shape).astype(dtype)
    found = Thumbnail.of(sample)
    np.testing.assert_array_equal(found.values, sample.reshape(8, 6, -1)[..., :shown])
    assert (found.shape, found.dtype) == (shape, dtype)
    assert (found.low, found.high) == (0, 1)
    assert found.mean == pytest.approx(sample.mean())


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "int32"])
def test_large_samples_are_means_over_areas(dtype):
    sample = RNG.integers(0, 200, (1024, 512, 4)).astype(dtype)
    found = Thumbnail.of(sample)
    expected = sample.reshape(256, 4, 128, 4, 4).mean((1, 3))[..., :3]
    np.testing.assert_allclose(found.values, expected, atol=0 if dtype == "float32" else 0.5001, rtol=1e-6)
    assert (found.low, found.high) == (sample.min(), sample.max())


def test_a_long_sample_keeps_at_least_one_pixel():
    assert Thumbnail.of(np.zeros((2, 4096), np.uint8)).values.shape == (1, 256, 1)


def test_values_that_are_not_finite_do_not_count():
    sample = np.array([[np.nan, 1.0], [3.0, np.inf]])
    found = Thumbnail.of(sample)
    assert (found.low, found.high, found.mean) == (1, 3, 2)
    assert np.isnan(Thumbnail.of(np.full((2, 2), np.nan)).low)
