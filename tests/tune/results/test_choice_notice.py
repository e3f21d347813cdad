import pytest
from golden import expect_message

from kpipe.checks.checked_spec import checked
from kpipe.tune.results.choice_notice import choice_notice
from kpipe.tune.sweep_plan import SweepPlan

SPEC = """\
name: toy
data: {source: Digits, validation: 0.2}
model: [Flatten, {Dense: {units: 10}}]
train: {epochs: 2, metrics: [accuracy, {SparseCategoricalAccuracy: {name: score}}]}
tune:
  objective: val_accuracy
  space: {train.optimizer.learning_rate: {Log: [1e-4, 1]}}
"""
LOSS = {"tune.objective": "val_loss", "train.choose.monitor": "val_accuracy"}


@pytest.fixture
def plan(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC)
    return lambda changes: SweepPlan.of(checked(file, changes))


@pytest.mark.parametrize(
    "changes",
    [{}, LOSS, {"tune.objective": {"monitor": "val_score", "mode": "max"}}],
    ids=["by the loss", "by the accuracy", "a name without direction"],
)
def test_different_metrics(plan, changes):
    expect_message(choice_notice(plan(changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"tune.objective": "val_loss"},
        {"tune.objective": "auto"},
        {"train.choose.monitor": "val_accuracy"},
        {"train.choose.monitor": "last"},
        {"train.epochs": 1},
        {"tune.stages": [{"epochs": 1}]},
    ],
    ids=range(6),
)
def test_the_same_metric_or_no_choice(plan, changes):
    assert choice_notice(plan(changes)) is None


def test_stages_of_a_single_epoch_leave_a_choice_if_the_space_has_more(plan):
    single = {"train.epochs": 1, "train.stages": [{"optimizer": "SGD"}]}
    assert choice_notice(plan({**LOSS, **single})) is None
    assert choice_notice(plan({**LOSS, **single, "tune.space.train.stages.0.epochs": {"Int": [1, 3]}})) is not None
    assert choice_notice(plan({**LOSS, "train.epochs": 1, "train.stages": [{}, {}]})) is not None
