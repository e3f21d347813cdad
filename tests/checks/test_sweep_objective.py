"""Problems of the metric that the trials of a sweep are compared by."""

import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.tune.sweep_plan import SweepPlan

SPEC = """\
name: toy
data: {source: Digits}
model: [Flatten, {Dense: {units: 10}}]
train: {epochs: 1}
tune:
  objective: auto
  space: {data.batch_size: {Int: [8, 64]}}
"""


@pytest.fixture
def spec(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC)
    return file


@pytest.mark.parametrize(
    ("changes", "monitor", "mode"),
    [
        ({}, "val_loss", "min"),
        ({"tune.objective": "val_accuracy"}, "val_accuracy", "max"),
        ({"tune.objective": {"monitor": "loss", "mode": "max"}}, "loss", "max"),
        ({"train.choose.monitor": "accuracy"}, "accuracy", "max"),
        ({"train.choose.monitor": "last"}, "val_loss", "min"),
        ({"tune.objective": "val_kind_accuracy"}, "val_kind_accuracy", "max"),
        ({"train.metrics": [{"F1Score": {"average": None}}], "tune.objective": "f1_score_3"}, "f1_score_3", "max"),
    ],
)
def test_the_metric_and_its_direction(spec, changes, monitor, mode):
    plan = SweepPlan.of(checked(spec, changes))
    assert (plan.monitor, plan.mode) == (monitor, mode)


@pytest.mark.parametrize(
    "changes",
    [
        {"tune.objective": "val_acuracy"},
        {"tune.objective": {"monitor": "val_accuracy_3x"}},
        {"train.choose.monitor": "val_acuracy"},
        {"train.choose.monitor": "val_los", "tune.objective": "val_loss"},
        {"train.metrics": ["KLDivergence"], "tune.objective": "val_kl_divergence"},
        {"train.targets": {"price": {}, "kind": {"metrics": ["AUC"]}}, "tune.objective": "val_kind_acuracy"},
        {"tune.space.train.metrics": {"Choice": [["accuracy"], ["AUC"]]}, "tune.objective": "val_accuracy"},
    ],
    ids=range(7),
)
def test_messages(spec, changes):
    with raises(SpecError):
        checked(spec, changes)


def test_custom_metrics_can_have_any_name(spec, tmp_path):
    (tmp_path / "own.py").write_text('import keras\n\n\nclass Score(keras.metrics.Mean):\n    """A metric."""\n')
    spec.write_text(f"imports: [own.py]\n{SPEC}")
    changes = {"train.metrics": ["Score"], "tune.objective": {"monitor": "x", "mode": "min"}}
    assert SweepPlan.of(checked(spec, changes)).monitor == "x"
