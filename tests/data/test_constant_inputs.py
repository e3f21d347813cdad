import numpy as np
import pytest
from golden import expect_message

from kpipe.data.constant_inputs import constant_input
from kpipe.data.dataset import Column, Input

COUNT = 200


def found(values, columns=(), each=True, piece=10, seen=None):
    entry = Input("x", "table" if columns else "array", values.shape[1:], "float32", columns)

    def read(indices):
        if seen is not None:
            seen.extend(indices.tolist())
        return values[indices]

    return constant_input(entry, read, np.arange(len(values)), piece, each)


def test_an_input_of_one_value():
    line = found(np.zeros((COUNT, 4, 4, 1), np.uint8), each=False)
    expect_message(line)


def test_an_input_of_one_sample_again_and_again():
    values = np.repeat(np.arange(6.0).reshape(1, 6), COUNT, axis=0)
    expect_message(found(values))


def test_columns_by_name_and_features_by_number():
    values = np.random.default_rng(0).normal(size=(COUNT, 3))
    values[:, [0, 2]] = 7
    columns = tuple(Column(name, "numeric") for name in ("a", "b", "c"))
    expect_message(found(values, columns))
    expect_message(found(np.ones((COUNT, 1)), columns[:1]))
    values[:, 2] = values[:, 1]
    expect_message(found(values))
    assert found(values, each=False) is None


@pytest.mark.parametrize("where", [1, 2, 5, 66, 67, COUNT - 1])
def test_a_single_difference_is_found_wherever_it_is(where):
    values = np.zeros((COUNT, 3, 3))
    values[where, 1, 1] = 1
    assert found(values, each=False) is None


def test_two_samples_decide_nearly_all():
    seen = []
    assert found(np.random.default_rng(0).normal(size=(COUNT, 5)), seen=seen) is None
    assert seen == [0, 1, 2]


def test_a_single_sample_is_not_reported():
    assert found(np.zeros((1, 3))) is None
