"""Notices about trials that the space does not have, and about cores that the machine does not have."""

import pytest
from golden import expect_messages

from kpipe.data.cores import cores
from kpipe.tune.results.size_notices import size_notices
from tune.sweeps import plan_of

SIX = "    train.optimizer.learning_rate: {Choice: [0.1, 0.01]}\n    data.batch_size: {Choice: [32, 64, 128]}\n"
ENDLESS = "    train.optimizer.learning_rate: {Log: [1e-4, 1]}\n"


@pytest.mark.parametrize(
    "tune",
    [
        "  oracle: {RandomSearch: {trials: 20}}",
        "  stages: [{trials: 6}, {trials: 7, epochs: 2}]",
    ],
    ids=["one stage", "two stages"],
)
def test_more_trials_than_points(tune):
    plan = plan_of(tune, 3, SIX)
    expect_messages(list(size_notices(plan, 1)))


@pytest.mark.parametrize(
    ("tune", "space"),
    [
        ("  oracle: {RandomSearch: {trials: 6}}", SIX),
        ("  oracle: GridSearch", SIX),
        ("  oracle: {RandomSearch: {trials: 999}}", ENDLESS),
    ],
)
def test_enough_points(tune, space):
    assert not list(size_notices(plan_of(tune, 3, space), 1))


def test_more_cores_than_the_machine_has():
    (notice,) = size_notices(plan_of("  oracle: RandomSearch", 3, ENDLESS), cores() + 1)
    assert notice == (
        f"{cores() + 1} trials at the same time use 1 core each, but this machine has {cores()}, so they slow each "
        "other down"
    )
    assert not list(size_notices(plan_of("  oracle: RandomSearch", 3, ENDLESS), cores()))
    whole = plan_of(f"  resources: {{cpus: {cores()}}}", 3, ENDLESS)
    assert not list(size_notices(whole, 1))
    assert len(list(size_notices(whole, 2))) == 1
