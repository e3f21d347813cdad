"""Parts of a sweep that contradict each other, or have no effect."""

import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.report.verdict import verdict
from kpipe.tune.sweep_plan import SweepPlan

SPEC = """\
name: toy
data: {source: Digits, validation: 0.2}
model: [Flatten, {Dense: {units: 10}}]
train: {epochs: 9}
tune:
  oracle: RandomSearch
  space: {data.batch_size: {Int: [8, 64]}}
"""
FOLDS = {"data.validation": 0, "data.folds": 3}


@pytest.fixture
def spec(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC)
    return file


@pytest.mark.parametrize(
    "changes",
    [
        {"tune.oracle": "Hyperband", "train.validate.every_epochs": 2},
        {"tune.oracle": "Hyperband", "tune.pruner": "Median"},
        {"tune.oracle": "Hyperband", "tune.space.train.epochs": {"Int": [3, 9]}},
        {"tune.oracle": "Hyperband", "tune.stages": [{"trials": 4}]},
        {"tune.oracle": "Hyperband", "tune.space.data.batch_size": {"Int": [8, 12]}},
        {"tune.oracle": {"BayesianOptimization": {"num_initial_points": 10}}},
        {"tune.oracle": {"BayesianOptimization": {"num_initial_points": 6}}, "tune.stages": [{"trials": 5}]},
        {"tune.pruner": "Median", "train.validate.every_epochs": 9},
        {"tune.pruner": {"Median": {"after_epochs": 7}}, "train.validate.every_epochs": 3},
        {"tune.oracle": "Hyperband", "train.epochs": 2},
        {"tune.pruner": {"Median": {"after_epochs": 9}}},
        {"tune.pruner": "Median", "train.epochs": 1},
        {"tune.pruner": {"Median": {"after_epochs": 5}}, "tune.space.train.epochs": {"Int": [2, 5]}},
        {"tune.pruner": "Median", "tune.stages": [{"trials": 5}]},
        {"tune.pruner": "Median", "tune.oracle": {"RandomSearch": {"trials": 1}}},
        {"tune.stages": []},
        {"tune.executions": 2, "tune.space.seed": {"Int": [0, 9]}},
        {**FOLDS, "tune.space.data.folds": {"Int": [2, 5]}},
        {**FOLDS, "tune.space.data.fold": {"Int": [1, 3]}},
        {"tune.oracle": "Hyperband", "train.stages": [{"epochs": 3}, {}]},
        {"tune.stages": [{"epochs": 1}, {"epochs": 4}], "train.stages": [{"epochs": 3}, {}]},
        {"tune.stages": [{"epochs": 1}], "tune.space.train.stages": {"Choice": [None, [{"epochs": 3}]]}},
        {"tune.space.train.epochs": {"Int": [3, 9]}, "train.stages": [{"epochs": 3}, {"epochs": 4}]},
        {
            "tune.pruner": {"Median": {"after_epochs": 7}},
            "train.stages": [{"epochs": 2}, {"epochs": 2}],
            "tune.space.train.stages.1.epochs": {"Int": [2, 5]},
        },
        {"tune.space.train.stages.2.epochs": {"Int": [2, 5]}, "train.stages": [{"epochs": 3}, {"epochs": 4}]},
        {"tune.stages": [{"narrow": 0.5}]},
        {"tune.stages": [{"trials": 4}, {"widen": True}]},
        {
            "tune.stages": [{"trials": 4}, {"narrow": 0.5, "widen": True}],
            "tune.space.data.batch_size": {"Choice": [8, 64]},
        },
    ],
    ids=lambda changes: ",".join(key.removeprefix("tune.") for key in changes),
)
def test_messages(spec, changes):
    with raises(SpecError):
        SweepPlan.of(checked(spec, changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"tune.oracle": "Hyperband", "train.validate.every_epochs": 3, "train.epochs": 8, "tune.objective": "loss"},
        {"tune.oracle": {"Hyperband": {"factor": 9}}, "train.validate.every_epochs": 1},
        {"tune.pruner": {"Median": {"after_epochs": 6}}, "train.validate.every_epochs": 3},
        {"tune.pruner": "Median", "train.validate.every_epochs": 2, "tune.stages": [{"epochs": 1}, {"epochs": 4}]},
        {"tune.pruner": {"Median": {"after_epochs": 8}}},
        {"tune.pruner": {"Median": {"after_epochs": 4}}, "tune.space.train.epochs": {"Int": [2, 5]}},
        {"tune.pruner": "Median", "tune.stages": [{"trials": 3}, {"trials": 3}]},
        {"tune.pruner": "Median", "tune.executions": 2, "tune.stages": [{"trials": 4}]},
        {"tune.pruner": None, "tune.oracle": "Hyperband"},
        {"tune.oracle": {"BayesianOptimization": {"num_initial_points": 9}}},
        {"data.validation": 0, "data.folds": 3, "data.fold": 1, "tune.space.data.fold": {"Int": [1, 3]}},
        {"tune.stages": [{"trials": 4}, {"narrow": 0.5, "widen": True}]},
        {"tune.space.train.epochs": {"Int": [3, 9]}, "train.stages": [{"epochs": 3}, {}]},
        {
            "tune.pruner": {"Median": {"after_epochs": 6}},
            "train.stages": [{"epochs": 2}, {"epochs": 2}],
            "tune.space.train.stages.1.epochs": {"Int": [2, 5]},
        },
        {
            "tune.pruner": {"Median": {"after_epochs": 5}},
            "train.stages": [{"epochs": 5}, {"epochs": 5}],
            "train.validate.every_epochs": 20,
        },
        {
            "train.stages": [{"epochs": 5}, {"epochs": 5}],
            "tune.space.train.stages.1.optimizer": {
                "Choice": [{"SGD": {"learning_rate": {"Log": [0.01, 1.0]}}}, "Adam"]
            },
        },
        {"tune.space.train.stages": {"Choice": [[{"epochs": 2}], [{"epochs": 1}, {"epochs": 2}]]}},
    ],
    ids=range(17),
)
def test_what_fits_together(spec, changes):
    assert SweepPlan.of(checked(spec, changes)).stages


def test_a_single_run_can_have_fewer_epochs_than_the_sweep_needs(spec):
    changes = {"tune.pruner": "Median", "train.epochs": 1}
    assert checked(spec, changes).train.epochs == 1
    assert not verdict([str(spec)], ["tune.pruner=Median", "train.epochs=1"], "text", lambda line: None)[1]
