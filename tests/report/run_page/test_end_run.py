"""Runs have a page when they have ended; trials and folds only on request."""

import json

import pytest

import kpipe
from kpipe.errors import TrainingError
from kpipe.train.run_control import RunControl

SPEC = {
    "name": "small",
    "data": {"source": "Iris", "validation": 0.2, "batch_size": 32},
    "model": [{"Dense": {"units": 8}}, {"Dense": {"units": "=classes"}}],
    "train": {"epochs": 1},
}


def test_a_run_has_a_page_with_its_verdicts(tmp_path):
    run = kpipe.load(SPEC).run(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text()
    assert run.result == json.loads((tmp_path / "run" / "result.json").read_text())
    assert all(verdict["code"] in page for verdict in run.result["verdicts"])
    assert f"report: {tmp_path / 'run' / 'report.html'}" in (tmp_path / "run" / "log.txt").read_text()
    assert "moving average over" in page and "setosa" in page


def test_an_exploded_run_has_a_page(tmp_path):
    with pytest.raises(TrainingError):
        kpipe.load(SPEC, {"train.optimizer": {"SGD": {"learning_rate": 1e30}}}).run(tmp_path / "run")
    assert "E202" in (tmp_path / "run" / "report.html").read_text()


def test_a_paused_run_has_none(tmp_path):
    kpipe.load(SPEC, {"train.epochs": 2}).run(tmp_path / "run", control=RunControl(pause_after=1))
    assert not (tmp_path / "run" / "report.html").exists()
