import io
import json

import pytest
from golden import raises
from run_folders import write_run

from kpipe.errors import DataError, TrainingError
from kpipe.messages.reporter import Reporter
from kpipe.report.comparison.compare_runs import compare_runs


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = [write_run(tmp_path / name).relative_to(tmp_path) for name in ("a", "b")]

    def call(**options):
        results, messages = io.StringIO(), io.StringIO()
        compare_runs(folders, Reporter(results=results, messages=messages), **options)
        return results.getvalue(), messages.getvalue()

    return call


def test_the_page_is_written_beside_the_text(compare, tmp_path):
    text, messages = compare(output=tmp_path / "compare.html")
    assert text.startswith("2 runs in .\n")
    assert messages == f"wrote {tmp_path}/compare.html\n"
    assert (tmp_path / "compare.html").read_text().startswith("<!DOCTYPE html>")


def test_json(compare):
    assert set(json.loads(compare(form="json")[0])) == {"runs", "spec", "other"}


def test_a_file_that_exists_or_is_no_page(compare, tmp_path):
    (tmp_path / "taken.html").touch()
    for name in ("taken.html", "page.txt"):
        with raises(DataError):
            compare(output=tmp_path / name)


def test_a_page_that_cannot_be_written(compare, tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kpipe.report.comparison.compare_runs.write_text", full)
    with raises(TrainingError):
        compare(output=tmp_path / "compare.html")


def test_a_broken_run_is_reported(compare, tmp_path):
    (tmp_path / "b" / "result.json").write_text("{")
    text, messages = compare()
    assert "broken" in text
    assert messages.startswith("broken: b/result.json is not valid JSON")
