import csv
import json
from pathlib import Path

import pytest
from golden import expect_message

from kpipe.messages.formula_guard import FormulaGuard
from kpipe.report.runs.run_summary import RunSummary
from kpipe.report.runs.runs_table import RunsTable

RUNS = [
    RunSummary(
        Path("runs/iris/10"),
        "run",
        "stopped_early",
        name="iris",
        epochs=12,
        best_epoch=9,
        validation={"loss": 0.123456, "accuracy": 0.5},
        test={"loss": 0.25, "accuracy": 1.0},
        started="2026-01-02T03:04:05Z",
        seconds=75.0,
        seed=7,
        parameters=1000,
        verdicts=[{"code": "overfitting"}],
        overrides=["train.epochs=12", "data.batch_size=8"],
    ),
    RunSummary(
        Path("runs/folds"), "cross-validation", "completed", validation={"loss": 0.5}, deviation={"loss": 0.1}, runs=5
    ),
    RunSummary(Path("runs/=1+1"), "run", "broken", error="it is damaged"),
]


def test_text():
    expect_message(RunsTable(RUNS).format("text"))


@pytest.mark.parametrize("width", [170, 150])
def test_overrides_are_shortened_to_the_width_or_omitted(width):
    lines = RunsTable(RUNS, width=width).format("text").splitlines()
    assert max(map(len, lines)) <= width
    assert ("train.epochs=" in lines[1]) == (width == 170)


@pytest.mark.parametrize(
    ("width", "hidden"),
    [
        (None, []),
        (143, []),
        (142, ["started"]),
        (120, ["test_accuracy", "started"]),
        (40, ["best_epoch", "test_loss", "test_accuracy", "started", "seconds"]),
    ],
)
def test_columns_that_do_not_fit_are_omitted(width, hidden):
    table = RunsTable(RUNS, width=width)
    assert table.hidden == hidden
    if width is not None and width > 40:
        assert max(map(len, table.format("text").splitlines())) <= width


def test_columns_that_were_asked_for_remain():
    asked = RunsTable(RUNS, metrics=["test_loss"], values=["train.epochs"], width=40)
    assert asked.hidden == ["best_epoch", "started", "seconds"]


def test_csv_has_all_columns():
    guard = FormulaGuard()
    rows = list(csv.DictReader(RunsTable(RUNS).format("csv", guard).splitlines()))
    assert rows[0]["val_loss"] == "0.123456"
    assert rows[0]["overrides"] == "train.epochs=12 data.batch_size=8"
    assert rows[1]["val_accuracy"] == rows[2]["best_epoch"] == ""
    assert rows[2]["error"] == "it is damaged"
    assert guard.count == 0


def test_json_is_exact():
    first, second, third = json.loads(RunsTable(RUNS, metrics=["val_loss"]).format("json"))
    assert first["values"] == {"val_loss": 0.123456}
    assert (first["test"], first["verdict"], first["kind"]) == ({"loss": 0.25, "accuracy": 1.0}, "overfitting", "run")
    assert (second["kind"], second["deviation"]) == ("5 folds", {"loss": 0.1})
    assert (third["status"], third["error"], third["validation"]) == ("broken", "it is damaged", {})
