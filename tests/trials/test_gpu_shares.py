import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.trials.gpu_shares import gpu_shares


@pytest.mark.parametrize(
    ("count", "workers", "gpus", "expected"),
    [
        (4, 2, None, ["01", "23"]),
        (3, 2, None, ["0", "1"]),
        (2, 3, None, ["0", "1", "0"]),
        (0, 2, None, ["", ""]),
        (4, 2, 1, ["0", "1"]),
        (4, 2, 0, ["", ""]),
        (4, 2, 2, ["01", "23"]),
    ],
)
def test_each_trial_has_its_share(count, workers, gpus, expected):
    assert gpu_shares("0123"[:count], workers, gpus) == [tuple(names) for names in expected]


@pytest.mark.parametrize(("count", "workers", "gpus"), [(0, 1, 1), (3, 2, 2)])
def test_more_gpus_than_there_are_are_refused(count, workers, gpus):
    with raises(ArgumentError):
        gpu_shares("0123"[:count], workers, gpus)
