import numpy as np
import pytest
from golden import raises

from kpipe.data.sources.sample_weights import sample_weights
from kpipe.errors import ArgumentError, DataError


def test_parts_are_joined_as_float32():
    found = sample_weights("w", [np.array([[1], [2]]), np.array([True]), np.array([0.5], np.float16)])
    assert (found.dtype, found.tolist()) == (np.float32, [1, 2, 1, 0.5])


@pytest.mark.parametrize("values", [np.ones((2, 2)), np.array(["a", "b"])])
def test_arrays_that_are_not_weights(values):
    with raises(ArgumentError):
        sample_weights("w", [values])


@pytest.mark.parametrize("value", [-0.5, np.nan, np.inf, 1e39])
def test_numbers_that_are_not_weights(value):
    with raises(DataError):
        sample_weights("w", [np.array([1.0, value])])
