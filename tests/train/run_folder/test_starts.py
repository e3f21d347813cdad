"""Each start of a run is recorded, with all that it has reported about the data."""

import json
import re
from datetime import UTC, datetime

import pytest

import kpipe
from kpipe.checks.origin import Origin
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.starts import Starts

SPEC = """\
name: table
data:
  source: {Table: {path: t.csv, target: y}}
  max_bad: 0.1
  batch_size: 8
  prepare: [OneHot]
model: [Dense: {units: 1}]
train: {epochs: 2}
"""
NOTICES = [
    "1 of 41 rows cannot be used (2.44%) and are skipped; to use them, fill missing values by Impute, as the first "
    "preparation in data.prepare:\n    FOLDER/t.csv:7: column 'a' is empty",
    "table: 1 numeric and 1 categorical columns",
    "target y: a number to predict (regression)",
]


@pytest.fixture
def spec(tmp_path):
    rows = [f"{number / 7:.3f},{'uv'[number % 2]},{number / 3:.3f}" for number in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *rows[:5], ",u,1.5", *rows[5:], ""]))
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path / "spec.yaml"


def test_a_start_is_written_before_the_run_ends_and_the_next_one_is_appended(tmp_path):
    first = Starts(RunFolder(tmp_path))
    first.add(Origin("kpipe run a.yaml", "0a" * 20, ("b=1",)), datetime(2026, 1, 2, 3, 4, 5, 678, UTC), ["c"], cores=2)
    stored = json.loads((tmp_path / "started.json").read_text())["started"]
    assert list(stored[0]) == ["date", "host", "command", "overrides", "commit", "cores", "versions", "notices"]
    assert stored[0]["date"] == "2026-01-02T03:04:05Z"
    assert (stored[0]["command"], stored[0]["commit"], stored[0]["overrides"]) == (
        "kpipe run a.yaml",
        "0a" * 20,
        ["b=1"],
    )
    second = Starts(RunFolder(tmp_path))
    assert second.entries == stored
    second.add(Origin(), datetime(2026, 1, 3, tzinfo=UTC), [])
    assert [entry["date"][:10] for entry in Starts(RunFolder(tmp_path)).entries] == ["2026-01-02", "2026-01-03"]


@pytest.mark.slow
def test_the_log_and_the_starts_have_what_was_reported_about_the_data(spec, tmp_path):
    folder = tmp_path / "run"
    paused = kpipe.load(spec, {"seed": 3}).run(folder, control=RunControl(pause_after=1))
    run = kpipe.load(spec, ["seed=3"]).run(folder, resume=True)
    expected = [notice.replace("FOLDER", str(tmp_path)) for notice in NOTICES]
    first, second = run.result["started"]
    expected = [f"devices: {first['devices'][0]}", *expected]
    assert paused.result["started"] == [first]
    assert first["notices"] == expected
    assert second["notices"] == [*expected, "continues after epoch 1"]
    log = (folder / "log.txt").read_text()
    for notice in expected:
        assert log.count(notice) == 2
    for entry in (first, second):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["date"])
        assert (entry["command"], entry["overrides"], entry["commit"]) == ("Python", ["seed=3"], None)
        assert entry["devices"]
        assert entry["replicas"] == 1
    assert json.loads((folder / "result.json").read_text())["started"] == [first, second]
    # A finished run is not started again.
    assert kpipe.load(spec, ["seed=3"]).run(folder, resume=True).result["started"] == [first, second]
