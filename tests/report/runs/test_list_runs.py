import io
import json

import pytest
from golden import expect_message, raises
from run_folders import write_folds, write_run, write_sweep

from kpipe.errors import DataError
from kpipe.messages.call_argument import command_line
from kpipe.messages.reporter import Reporter
from kpipe.report.runs.list_runs import list_runs


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Call `list_runs`, and return the results and the messages."""
    monkeypatch.chdir(tmp_path)

    def call(**options):
        results, messages = io.StringIO(), io.StringIO()
        with command_line():
            list_runs(tmp_path.relative_to(tmp_path), Reporter(results=results, messages=messages), **options)
        return results.getvalue(), messages.getvalue()

    return call


@pytest.fixture
def folders(listed):
    def call(**options):
        return [entry["folder"] for entry in json.loads(listed(form="json", **options)[0])]

    return call


@pytest.fixture
def runs(tmp_path):
    write_run(tmp_path / "iris/1", losses=(0.5,), date="2026-01-02T00:00:00Z")
    write_run(tmp_path / "iris/2", losses=(0.25,), date="2026-01-09T00:00:00Z", units=16)
    write_run(tmp_path / "iris/3", status=None, losses=(), date="2026-01-05T00:00:00Z")
    write_folds(tmp_path / "folds")
    write_sweep(tmp_path / "sweep")


@pytest.mark.usefixtures("runs")
def test_the_newest_are_first(folders):
    assert folders() == ["iris/2", "iris/3", "sweep", "folds", "iris/1"]
    assert folders(reverse=True) == ["iris/1", "folds", "sweep", "iris/3", "iris/2"]


@pytest.mark.usefixtures("runs")
def test_parts_follow_the_whole(folders):
    parts = ["sweep", "sweep/trials/1", "sweep/trials/2", "sweep/trials/3", "folds", "folds/folds/1", "folds/folds/2"]
    assert folders(parts=True) == ["iris/2", "iris/3", *parts, "iris/1"]


def test_the_parts_of_the_folder_itself_are_listed(folders, tmp_path):
    write_folds(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    for file in (tmp_path / "b").iterdir():
        file.rename(tmp_path / file.name)
    (tmp_path / "b").rmdir()
    assert folders() == [".", "folds/1", "folds/2"]


def test_columns_that_do_not_fit_are_named(listed, tmp_path):
    write_run(tmp_path / "a")
    expect_message(listed(width=60)[1])


@pytest.mark.usefixtures("runs")
def test_sorted_by_a_column_runs_without_a_value_are_last(folders):
    assert folders(sort="test_loss") == ["iris/2", "sweep", "iris/1", "iris/3", "folds"]
    assert folders(sort="-test_loss")[0] == "iris/1"
    assert folders(sort="-test_loss")[-2:] == ["iris/3", "folds"]
    assert folders(sort="test_loss", reverse=True) == folders(sort="-test_loss")
    assert folders(sort="-vars.units")[0] == "iris/2"


@pytest.mark.usefixtures("runs")
def test_filters_all_have_to_hold(folders):
    assert folders(filters=["status=completed"]) == ["iris/2", "sweep", "folds", "iris/1"]
    assert folders(filters=["status=completed", "val_accuracy>=0.75"]) == ["iris/2", "sweep"]
    assert folders(filters=["vars.units=16"]) == ["iris/2"]
    assert folders(filters=["kind=*folds"]) == ["folds"]


@pytest.mark.usefixtures("runs")
def test_text_with_chosen_columns(listed):
    text, messages = listed(metrics=["val_loss,loss"], values=["vars.units"], parts=True)
    expect_message(text)
    assert messages == ""


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    "options", [{"sort": "los"}, {"filters": ["val_los>1"]}, {"metrics": ["val_loss,zz"]}, {"values": ["train.epoch"]}]
)
def test_unknown_columns(listed, options):
    with raises(DataError):
        listed(**options)


def test_broken_runs_are_reported(listed, tmp_path):
    (write_run(tmp_path / "a") / "result.json").write_text("{")
    text, messages = listed()
    assert " broken " in text
    expect_message(messages)


@pytest.mark.usefixtures("runs")
def test_nothing_is_left(listed):
    text, messages = listed(filters=["val_loss<0"])
    assert text == ""
    expect_message(messages)


def test_nothing_is_there(listed):
    expect_message(listed()[1])
    assert json.loads(listed(form="json")[0]) == []
