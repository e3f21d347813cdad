"""The results as a table, as JSON, for notebooks, and as files."""

import json
import math
import re

import numpy as np
import pytest
from golden import expect_message
from kpipe_callbacks import LearningRateCurve

from kpipe.checks.verdict_code import VerdictCode
from kpipe.errors import Mark, TrainingError
from kpipe.judge.check_report import CheckReport
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probes.explosion import Explosion
from kpipe.judge.protocol.probes.first_loss import FirstLoss
from kpipe.judge.protocol.probes.learning_rate_range import LearningRateRange
from kpipe.judge.protocol.probes.update_ratio import UpdateRatio
from kpipe.judge.protocol.run_probes import ProbeResult
from kpipe.judge.verdict import Verdict
from kpipe.train.run_folder.run_folder import RunFolder

RATES = np.geomspace(1e-3, 1, 4)
LOSSES = np.array([2.0, 1.5, 1.0, 9.0])
EXPLODED = Verdict(
    code=VerdictCode.EXPLODED,
    path="train.optimizer",
    message="the loss of step 3 is inf",
    remedy="--set train.optimizer.SGD.learning_rate=0.01",
    mark=Mark("a.yaml", 3, 5, 3, 9),
    measured={"loss": math.inf},
    threshold={"factor": 3.0},
)


FREE = Price(0)
CURVE = LearningRateCurve(RATES, LOSSES, LOSSES)


def result(probe, outcome, price=FREE):
    return ProbeResult(probe=probe, outcome=outcome, seconds=1.23456, price=price)


def report(*, fails=True, curve=CURVE, name="a<b>"):
    measured = {"loss": math.nan, "guess": math.inf, "layers": [{"norm": -math.inf, "number": np.float64(2.5)}]}
    return CheckReport(
        name=name,
        results=[
            result(FirstLoss(), Outcome(summary="2.3, of a guess <2.3>", measured=measured)),
            result(UpdateRatio(), Outcome(summary="none", is_applicable=False)),
            result(LearningRateRange(), None, Price(12.34567, 2)),
            result(Explosion(), Outcome(summary="a" * 150, verdicts=[EXPLODED] if fails else [])),
        ],
        budget=60,
        seconds=4.56789,
        traced=1.5,
        run_seconds=1e4,
        curve=curve,
        versions={"kpipe": "1"},
    )


def test_the_table():
    expect_message(report().text())
    expect_message(report(fails=False).text())


def test_it_passes_without_errors():
    assert not report().passed
    assert report(fails=False).passed
    assert report().verdicts == [EXPLODED]
    assert (
        repr(report())
        == "<CheckReport a<b>: 1 passed, 1 failed, 1 skipped, 1 not applicable; 4.6 s, of which traces 1.5 s>"
    )


def test_numbers_in_json_are_finite():
    found = json.loads(report().json(), parse_constant=lambda constant: pytest.fail(constant))
    assert found["probes"]["first_loss"] == {
        "status": "passed",
        "summary": "2.3, of a guess <2.3>",
        "measured": {"loss": "nan", "guess": "inf", "layers": [{"norm": "-inf", "number": 2.5}]},
        "threshold": {},
        "verdicts": [],
        "seconds": 1.235,
    }
    assert found["probes"]["learning_rate"] == {
        "status": "skipped",
        "summary": "needs 12.3 s and a trace of 2.0 s",
        "price": {"steps": 12.346, "traces": 2},
    }
    assert found["probes"]["explosion"]["verdicts"] == [
        {
            "code": "E110",
            "severity": "error",
            "path": "train.optimizer",
            "place": "a.yaml:3:5",
            "message": "the loss of step 3 is inf",
            "evidence": {"measured": {"loss": "inf"}, "threshold": {"factor": 3.0}},
            "remedy": "--set train.optimizer.SGD.learning_rate=0.01",
        }
    ]
    assert (found["passed"], found["seconds"], found["budget"]) == (False, 4.568, 60)


def test_html_is_escaped():
    html = report()._repr_html_()
    assert "a&lt;b&gt;" in html
    assert "&lt;2.3&gt;" in html
    assert not re.search(r"<b>|<2\.3>", html)


def test_files(tmp_path):
    (tmp_path / "other").write_text("kept")
    folder = RunFolder.shared(tmp_path)
    report().write(folder)
    assert json.loads((tmp_path / "check.json").read_text()) == report().to_dict()
    assert (tmp_path / "learning_rate.png").read_bytes().startswith(b"\x89PNG")
    report(fails=False, curve=None).write(folder)
    assert json.loads((tmp_path / "check.json").read_text())["passed"]
    # A picture of an earlier check would be taken for one of this.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check.json", "other"]


def test_names_of_formulas_are_drawn(tmp_path):
    report(name="$a_{b$").write(RunFolder.shared(tmp_path))
    assert (tmp_path / "learning_rate.png").exists()


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "check.json").mkdir()
    with pytest.raises(TrainingError, match=r"check\.json cannot be written"):
        report().write(RunFolder.shared(tmp_path))
