import numpy as np
import pytest

from kpipe.data.sources.exact_matrix import ExactMatrix

RNG = np.random.default_rng(0)
EXTREME = [0.0, -0.0, np.nan, 5e-324, 1e-310, 1.4e-45, -1e-40, 1.17e-38, 3.4028236e38, -1e300, 2.0**53 + 2, 0.1, -1 / 3]


@pytest.mark.parametrize(
    "numbers",
    [
        RNG.normal(size=(100, 6)),
        np.round(RNG.normal(size=(100, 6)) * 1000, 6),
        RNG.normal(size=(100, 6)) * 10.0 ** RNG.integers(-300, 300, (100, 6)),
        np.array(EXTREME)[:, np.newaxis],
        np.zeros((3, 0)),
        np.zeros((0, 2)),
    ],
    ids=["normal", "decimal", "scales", "extreme", "no columns", "no rows"],
)
def test_float64_numbers_are_exact(numbers):
    matrix = ExactMatrix([numbers[:7], numbers[7:]], numbers.shape)
    every = np.arange(len(numbers))
    assert matrix.rows(every).tobytes() == numbers.tobytes()
    with np.errstate(over="ignore"):
        assert matrix.values.tobytes() == numbers.astype(np.float32).tobytes()


def test_rows_and_columns():
    numbers = RNG.normal(size=(20, 4))
    matrix = ExactMatrix([numbers], numbers.shape)
    rows, columns = np.array([3, 3, 0, 19]), np.array([2, 0])
    np.testing.assert_array_equal(matrix.rows(rows), numbers[rows])
    np.testing.assert_array_equal(matrix.rows(rows, columns), numbers[rows][:, columns])
