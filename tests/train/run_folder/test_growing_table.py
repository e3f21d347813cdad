import json
import math
import random

import pytest
from golden import raises

from kpipe.errors import DataError, TrainingError
from kpipe.train.run_folder.growing_table import GrowingTable
from kpipe.train.run_folder.run_folder import RunFolder


def table(folder):
    return GrowingTable(RunFolder(folder), "history.csv", ["epoch", "loss"], ["seconds"])


def row(epoch, **more):
    return {"epoch": epoch, "loss": 1 / epoch, **more, "seconds": 0.5}


def lines(folder):
    return (folder / "history.csv").read_text().splitlines()


def test_rows_are_appended_and_a_new_column_is_added_to_all_before_it(tmp_path):
    found = table(tmp_path)
    found.add(row(1))
    first = (tmp_path / "history.csv").stat().st_ino
    found.add(row(2))
    assert (tmp_path / "history.csv").stat().st_ino == first
    found.add(row(3, **{"=norm": 7, "other": math.inf}))
    found.add({"epoch": 4, "loss": None})
    assert lines(tmp_path) == [
        "epoch,loss,'=norm,other,seconds",
        "1,1.0,,,0.5",
        "2,0.5,,,0.5",
        f"3,{1 / 3},7,inf,0.5",
        "4,,,,",
    ]
    assert found.columns == ["epoch", "loss", "=norm", "other", "seconds"]


def test_a_state_is_restored_with_values_and_types_and_the_file_continues(tmp_path):
    generator = random.Random(0)
    rows = [row(epoch, a=generator.random() ** 20, b=epoch * 10**20, c=-math.inf) for epoch in range(1, 9)]
    whole = table(tmp_path)
    for entry in rows:
        whole.add(entry)
    expected = lines(tmp_path)
    broken = table(tmp_path)
    for entry in rows[:5]:
        broken.add(entry)
    state = json.loads(json.dumps(broken.state()))
    for entry in (row(90), row(91, d=1)):  # the process has ended before the next checkpoint
        broken.add(entry)
    with (tmp_path / "history.csv").open("a") as file:
        file.write("92,0.")
    again = table(tmp_path)
    again.restore(state)
    assert again.rows == rows[:5]
    assert [type(value) for value in again.rows[0].values()] == [type(value) for value in rows[0].values()]
    for entry in rows[5:]:
        again.add(entry)
    assert lines(tmp_path) == expected
    assert again.state() == whole.state()


def test_a_state_without_rows_removes_the_file(tmp_path):
    state = table(tmp_path).state()
    table(tmp_path).restore(state)
    found = table(tmp_path)
    found.add(row(1))
    again = table(tmp_path)
    again.restore(state)
    assert not (tmp_path / "history.csv").exists()
    again.add(row(1))
    assert lines(tmp_path) == ["epoch,loss,seconds", "1,1.0,0.5"]


def test_a_new_table_replaces_a_file_that_is_there(tmp_path):
    (tmp_path / "history.csv").write_text("epoch\n1\n2\n")
    table(tmp_path).add(row(1))
    assert lines(tmp_path) == ["epoch,loss,seconds", "1,1.0,0.5"]


def test_a_file_that_has_been_changed_or_removed_is_refused(tmp_path):
    found = table(tmp_path)
    found.add(row(1))
    state = found.state()
    path = tmp_path / "history.csv"
    path.write_text(path.read_text().replace("1.0", "2.0"))
    with raises(DataError):
        table(tmp_path).restore(state)
    path.write_text("epoch\n")
    with raises(DataError):
        table(tmp_path).restore(state)
    path.unlink()
    with raises(DataError):
        table(tmp_path).restore(state)


def test_a_file_that_cannot_be_written_is_reported(tmp_path):
    found = table(tmp_path)
    found.add(row(1))
    (tmp_path / "history.csv").unlink()
    (tmp_path / "history.csv").mkdir()
    with pytest.raises(TrainingError, match=r"history\.csv cannot be written"):
        found.add(row(2))


def test_the_thousandth_row_costs_as_much_as_the_first(tmp_path, monkeypatch):
    found, written = table(tmp_path), []
    append = RunFolder.append
    monkeypatch.setattr(
        RunFolder,
        "append",
        lambda *arguments, **options: (written.append(len(arguments[-1])), append(*arguments, **options)),
    )
    monkeypatch.setattr("os.fsync", lambda handle: None)
    for epoch in range(1, 1001):
        found.add(row(epoch))
    assert len(written) == 999
    assert max(written) < 40
    assert len(json.dumps(found.state())) < 150
    assert len(found.rows) == 1000


def test_the_rows_of_an_earlier_version_are_restored(tmp_path):
    (tmp_path / "history.csv").write_text("anything")
    found = table(tmp_path)
    found.restore([row(1), row(2, norm=3)])
    found.add(row(3))
    assert lines(tmp_path) == ["epoch,loss,norm,seconds", "1,1.0,,0.5", "2,0.5,3,0.5", f"3,{1 / 3},,0.5"]
    found.restore([])
    assert not (tmp_path / "history.csv").exists()


def layers(folder):
    return GrowingTable(RunFolder(folder), "layers.csv", ["step", "layer", "mean"], text=["layer"])


def measured(step):
    # Names that look like numbers remain text.
    return [
        {"step": step, "layer": name, "mean": value} for name, value in (("007", 0.5), ("nan", None), ("a,b", 1e-9))
    ]


def test_rows_with_text_are_appended_at_once_and_restored(tmp_path):
    found = layers(tmp_path)
    for step in (1, 2):
        found.extend(measured(step))
    state = json.loads(json.dumps(found.state()))
    found.extend(measured(3))
    whole = (tmp_path / "layers.csv").read_text()
    assert whole.splitlines()[:4] == ["step,layer,mean", "1,007,0.5", "1,nan,", '1,"a,b",1e-09']
    again = layers(tmp_path)
    again.restore(state)
    assert again.rows == [*measured(1), *measured(2)]
    assert again.state() == state
    again.extend(measured(3))
    assert (tmp_path / "layers.csv").read_text() == whole


def test_a_state_waits_for_the_disk_once_for_all_rows(tmp_path, monkeypatch):
    waited = []
    monkeypatch.setattr("os.fsync", waited.append)
    found = layers(tmp_path)
    found.extend(measured(1))  # creates the file
    del waited[:]
    for step in (2, 3):
        found.extend(measured(step))
    assert waited == []
    found.state()
    found.state()
    assert len(waited) == 1
