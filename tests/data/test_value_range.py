import numpy as np

from kpipe.data.value_range import ValueRange, value_range


def test_the_range_of_some_samples():
    found = value_range(np.array([[-3.0, 1.0], [0.5, 2.0], [0.0, 0.0]]))
    assert found == ValueRange(-3.0, 2.0, 3)
    assert (found.width, found.size, str(found)) == (5.0, 3.0, "-3 to 2")


def test_values_without_a_range():
    assert value_range(np.zeros((0, 4))) is None
    assert value_range(np.array([1.0, np.nan])) is None
    assert value_range(np.array([1.0, np.inf])) is None


def test_a_map_may_turn_it_and_differ_by_channel():
    assert ValueRange(0, 1, 2).mapped(-2, 1) == ValueRange(-1.0, 1.0, 2)
    assert ValueRange(0, 1, 2).mapped(np.array([1, 3]), np.array([0, -5])) == ValueRange(-5.0, 1.0, 2)
