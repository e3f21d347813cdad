"""Runs whose spec has a test-time augmentation."""

import io
import json

import pytest
from golden import raises

from kpipe.errors import SpecError
from kpipe.messages.reporter import Reporter
from kpipe.pipeline import load
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.reevaluate import reevaluate

SPEC = {
    "name": "digits_seen",
    "seed": 3,
    "data": {"source": "Digits", "test": 0.1, "batch_size": 128, "prepare": [{"Rescale": {"scale": 0.0625}}]},
    "model": [{"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu"}}, "Flatten", {"Dense": {"units": 10}}],
    "train": {"epochs": 1},
}


def run(folder, **overrides):
    shown = io.StringIO()
    found = load(SPEC, overrides).run(folder, reporter=Reporter(messages=io.StringIO(), results=shown))
    return found, shown.getvalue()


@pytest.mark.slow
def test_the_test_part_is_averaged_and_the_training_is_the_same(tmp_path):
    plain, _ = run(tmp_path / "plain")
    found, text = run(tmp_path / "seen", **{"data.evaluate.tta": "Flip"})
    assert found.history["loss"] == plain.history["loss"]
    assert found.history["val_loss"] == plain.history["val_loss"]
    assert found.result["test"] == plain.result["test"]
    assert found.result["confusion"] == plain.result["confusion"]
    assert "test_averaged" not in plain.result
    averaged = found.result["test_averaged"]
    again = json.loads(reevaluate(tmp_path / "seen", "test", "json", lambda line: None, AveragingRequest("Flip")))[
        "averaged"
    ]
    assert again.pop("metrics") == pytest.approx(averaged.pop("metrics"), abs=1e-6)
    assert again == averaged
    assert "test, Flip" in text


@pytest.mark.slow
def test_views_are_checked_before_the_training():
    data = {"data.source": "Iris", "data.prepare": [], "model": [{"Dense": {"units": 3}}], "data.evaluate.tta": "Flip"}
    with raises(SpecError):
        load(SPEC, data).validate()
