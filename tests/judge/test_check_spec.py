"""The protocol on healthy and sick trainings."""

import json

import numpy as np
import pytest

import kpipe

pytestmark = pytest.mark.slow

SICK = """
name: sick
data: {source: Digits, prepare: [Standardize]}
model:
  - Flatten
  - Dense: {units: 64, activation: relu}
  - Dense: {units: =classes}
train: {epochs: 2, optimizer: {SGD: {learning_rate: 0.1}}}
"""


def checked(folder, overrides=None, spec=SICK):
    report = kpipe.load(spec, overrides).check(folder)
    return report, json.loads((folder / "check.json").read_text())


def codes(report):
    return [str(verdict.code) for verdict in report.verdicts]


def test_a_healthy_training_passes(tmp_path):
    report, written = checked(tmp_path, spec="kpipe:digits")
    assert report.passed and written["passed"]
    assert not report.verdicts
    assert (tmp_path / "learning_rate.png").read_bytes()[:4] == b"\x89PNG"
    assert written["probes"]["first_loss"]["measured"]["guess"] == pytest.approx(np.log(10), rel=1e-5)
    assert written["probes"]["tiny_overfit"]["measured"]["fits"][0]["accuracy"] == 1


def test_a_training_is_bit_identical_after_a_check(tmp_path):
    pipeline = kpipe.load(SICK)
    pipeline.check(tmp_path / "check", budget=60)
    after = pipeline.run(tmp_path / "after")
    alone = kpipe.load(SICK).run(tmp_path / "alone")
    assert after.history["loss"] == alone.history["loss"]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"train.optimizer.SGD.learning_rate": 1e6}, {"E106", "E109", "E110", "E111"}),
        ({"train.optimizer.SGD.learning_rate": 1e-7}, {"W107", "E109", "E112"}),
        ({"model.1.Dense.bias_initializer": {"Constant": {"value": -20}}}, {"E103", "E104", "E108"}),
        ({"train.regularize.l2": 10.0}, {"E102"}),
    ],
    ids=["high rate", "low rate", "dead", "regularized"],
)
def test_a_sick_training_fails_with_its_code(tmp_path, overrides, expected):
    report, written = checked(tmp_path, overrides)
    assert not report.passed
    assert not written["passed"]
    assert expected <= {*codes(report)}


def test_verdicts_are_at_their_place(tmp_path):
    (tmp_path / "sick.yaml").write_text(SICK.replace("0.1", "1.0e+6"))
    report, _ = checked(tmp_path, spec=tmp_path / "sick.yaml")
    exploded = next(verdict for verdict in report.verdicts if verdict.code == "E110")
    assert exploded.path == "train.optimizer.SGD.learning_rate"
    assert (exploded.mark.line, exploded.mark.column) == (8, 53)
    assert len(exploded.measured["samples"]) == 32


def test_ignored_codes_are_not_reported(tmp_path):
    report, _ = checked(tmp_path, {"train.regularize.l2": 10.0, "checks.ignore": ["E102", "E106", "E109", "E110"]})
    assert codes(report) == []
    assert report.passed


def without_times(value):
    """Plain data without what depends on a clock."""
    if isinstance(value, dict):
        return {key: without_times(entry) for key, entry in value.items() if "seconds" not in key}
    return value


def test_two_checks_have_the_same_results(tmp_path):
    overrides = {"model.1.Dense.kernel_initializer": "he_normal", "train.optimizer": "Adam", "data.mix": ["MixUp"]}
    first, second = (checked(tmp_path / name, overrides)[1] for name in ("first", "second"))
    assert without_times(first) == without_times(second)
    assert first["probes"]["explosion"]["status"] == "passed"


def test_a_check_writes_its_files_alone(tmp_path):
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "sick.yaml").write_text(SICK)
    before = sorted(tmp_path.rglob("*"))
    checked(tmp_path / "out", spec=tmp_path / "spec" / "sick.yaml")
    written = [tmp_path / "out", tmp_path / "out" / "check.json", tmp_path / "out" / "learning_rate.png"]
    assert sorted(tmp_path.rglob("*")) == sorted([*before, *written])


def test_the_first_stage_is_checked_at_its_place(tmp_path):
    stages = [{"epochs": 2, "optimizer": {"SGD": {"learning_rate": 50.0}}}, {"epochs": 1, "optimizer": "Adam"}]
    report, written = checked(tmp_path, {"train.stages": stages})
    assert "the probes train stage 1 of 2; later stages are checked without a step" in report.text()
    assert written["notices"][0].startswith("the probes train stage 1 of 2")
    assert report.verdicts[0].path == "train.stages.0.optimizer.SGD.learning_rate"
    assert report.verdicts[0].message.startswith("stage 1 of 2: ")
    assert "--set train.stages.0.optimizer.SGD.learning_rate=" in report.verdicts[0].remedy
