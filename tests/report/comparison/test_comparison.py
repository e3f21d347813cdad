import json

import pytest
from run_folders import write_folds, write_run, write_sweep

from kpipe.report.comparison.comparison import Comparison


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*names):
        return Comparison.of([tmp_path.relative_to(tmp_path) / name for name in names], pytest.fail)

    return call


def test_runs_are_ranked_by_the_objective_of_their_sweep(compare, tmp_path):
    sweep = write_sweep(tmp_path / "sweep", losses=(0.5, 0.25, 0.75))
    assert (compare("sweep").title, compare("sweep").monitor) == ("3 trials of sweep", "val_loss")
    assert compare("sweep").order == [1, 0, 2]
    (sweep / "best.yaml").write_text("# Trial 2 of the sweep toy: val_accuracy 0.75, the mean of 2 runs\n")
    assert (compare("sweep").monitor, compare("sweep").order) == ("val_accuracy", [1, 0, 2])


def test_the_best_value_of_each_metric(compare, tmp_path):
    write_run(tmp_path / "a", losses=(0.5,))
    write_run(tmp_path / "b", losses=(0.25,), status="interrupted")
    write_run(tmp_path / "c", status="failed", losses=())
    found = compare("a", "b", "c")
    assert found.title == "3 runs in ."
    assert [found.best(name) for name in ("val_loss", "val_accuracy", "val_nothing")] == [0.5, 0.75, None]
    assert found.order == [1, 0, 2]


@pytest.mark.parametrize(
    ("fingerprint", "expected"),
    [
        (
            {"parts": {"validation": "b"}},
            ["the runs have different validation parts, so that their validation metrics are of other samples"],
        ),
        ({"labels": {"y": "b"}, "parts": {"validation": "b"}}, ["the runs were trained on different data"]),
        ({}, []),
    ],
)
def test_metrics_that_cannot_be_compared(compare, tmp_path, fingerprint, expected):
    base = {"labels": {"y": "a"}, "parts": {"validation": "a", "test": "a"}}
    for name, entry in (
        ("a", base),
        ("b", {key: {**value, **fingerprint.get(key, {})} for key, value in base.items()}),
    ):
        (write_run(tmp_path / name) / "data.json").write_text(json.dumps({"fingerprint": entry}))
    assert compare("a", "b").notes == expected


def test_folds_have_different_parts_by_design(compare, tmp_path):
    folds = write_folds(tmp_path / "folds")
    for number in ("1", "2"):
        described = {"fingerprint": {"parts": {"validation": number}}}
        (folds / "folds" / number / "data.json").write_text(json.dumps(described))
    found = compare("folds")
    assert (found.title, found.notes) == ("2 folds of folds", [])
    assert [whole.deviation for whole in found.wholes] == [{"loss": 0.125}]
