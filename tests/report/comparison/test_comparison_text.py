import json

import pytest
from golden import expect_message
from run_folders import write_folds, write_run, write_sweep

from kpipe.report.comparison.comparison import Comparison
from kpipe.report.comparison.comparison_text import comparison_json, comparison_text


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *names: Comparison.of([tmp_path.relative_to(tmp_path) / name for name in names], pytest.fail)


def test_few_runs_are_columns(compare, tmp_path):
    write_run(tmp_path / "iris/1", losses=(0.5,))
    write_run(tmp_path / "iris/2", losses=(0.5, 0.25), units=16, learning_rate=0.030018637128524144)
    write_run(tmp_path / "other", status="failed", losses=())
    expect_message(comparison_text(compare("iris", "other")))


def test_many_runs_are_rows_and_the_best_one_is_first(compare, tmp_path):
    write_sweep(tmp_path / "sweep", losses=[1 - number / 20 for number in range(12)])
    expect_message(comparison_text(compare("sweep"), 80))


def test_folds_have_a_mean(compare, tmp_path):
    write_folds(tmp_path / "folds")
    expect_message(comparison_text(compare("folds")))


@pytest.mark.parametrize("width", [80, 120])
def test_long_values_are_shortened_to_the_width(compare, tmp_path, width):
    for name in ("a", "b"):
        file = write_run(tmp_path / name) / "spec.yaml"
        file.write_text(file.read_text().replace("relu", name * 100))
    assert max(map(len, comparison_text(compare("a", "b"), width).splitlines())) <= width


def test_json_is_exact(compare, tmp_path):
    write_run(tmp_path / "a", learning_rate=0.030018637128524144)
    write_run(tmp_path / "b")
    found = json.loads(comparison_json(compare("a", "b")))
    assert [(run["folder"], run["validation"]["loss"]) for run in found["runs"]] == [("a", 0.5), ("b", 0.5)]
    assert found["spec"] == [{"path": "train.optimizer.Adam.learning_rate", "values": ["0.030018637128524144", "0.01"]}]
    assert found["other"] == []
