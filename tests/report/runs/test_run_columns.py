from pathlib import Path

import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.report.runs.run_columns import RunColumns
from kpipe.report.runs.run_summary import RunSummary


def run(validation, test=None):
    return RunSummary(Path("runs/a"), "run", "completed", validation=validation, test=test or {})


def test_the_main_metrics_are_the_loss_and_the_first_metric_of_each_run():
    columns = RunColumns(
        [run({"loss": 1, "accuracy": 1, "auc": 1}, {"loss": 1, "accuracy": 1}), run({"loss": 1, "mae": 1})]
    )
    assert columns.main_metrics() == ["val_loss", "val_accuracy", "val_mae", "test_loss", "test_accuracy"]
    assert columns.metrics() == ["val_loss", "val_accuracy", "val_auc", "val_mae", "test_loss", "test_accuracy"]


@pytest.mark.parametrize("name", ["val_los", "zzz", "train.epochs"])
def test_unknown_columns(name):
    with raises(DataError):
        RunColumns([run({"loss": 1})]).check([name], "--sort x")


def test_a_column_that_some_run_has():
    RunColumns([run({}), run({"loss": 1})]).check(["val_loss", "verdict"], "--sort x")
