import pytest

from kpipe.train.is_full_batch import is_full_batch

from .stand_in import train_section


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("LBFGS", True),
        ({"LBFGS": {"history": 3}}, True),
        ("kpipe.LBFGS", True),
        ({"LossScaleOptimizer": {"inner_optimizer": "LBFGS"}}, True),
        ({"LossScaleOptimizer": {"inner_optimizer": {"SGD": {"momentum": 0.9}}}}, False),
        ({"Adam": {"learning_rate": 0.1}}, False),
        ("SGD", False),
    ],
)
def test_only_lbfgs_is(optimizer, expected):
    assert is_full_batch(train_section(optimizer=optimizer)) is expected


def test_the_default_is_not():
    assert not is_full_batch(train_section())
