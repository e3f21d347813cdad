import errno

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.errors import DataError, TrainingError
from kpipe.train.resume.checkpoints import KEPT, Checkpoints, Position


def write(folder, *positions: tuple[int, int]) -> Checkpoints:
    checkpoints = Checkpoints(folder)
    for epoch, step in positions:
        checkpoints.write(Position(epoch, step), {"at": [epoch, step]}, {"weights": np.array([epoch, step])})
    return checkpoints


def names(folder) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def latest(checkpoints):
    said = []
    found = checkpoints.latest(said.append)
    return (found[0]["at"] if found else None), said


def damage(path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_positions_as_text_and_in_order():
    assert Position().text == "after epoch 0"
    assert Position(3).text == "after epoch 3"
    assert Position(0, 12).text == "after step 12 of epoch 1"
    places = [Position(), Position(0, 2), Position(0, 10), Position(1), Position(1, 3), Position(10)]
    assert sorted(places, reverse=True)[::-1] == places


def test_the_folder_is_made_by_the_first_state(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoint")
    assert latest(checkpoints) == (None, [])
    assert not (tmp_path / "checkpoint").exists()
    path = checkpoints.write(Position(0, 4), {"at": "here"}, {})
    assert path == tmp_path / "checkpoint" / "000000-000000004.checkpoint"
    assert latest(checkpoints) == ("here", [])


def test_the_newest_and_the_one_before_are_kept(tmp_path):
    assert KEPT == 2
    checkpoints = write(tmp_path, (0, 4), (0, 12), (1, 0), (1, 2))
    assert names(tmp_path) == ["000001-000000000.checkpoint", "000001-000000002.checkpoint"]
    found, arrays = checkpoints.latest(pytest.fail)
    assert found == {"at": [1, 2]}
    np.testing.assert_array_equal(arrays["weights"], [1, 2])


@pytest.mark.parametrize(("earlier", "later"), [((9, 0), (10, 0)), ((0, 9), (0, 10)), ((99_999, 5), (100_000, 0))])
def test_the_newest_is_the_furthest(tmp_path, earlier, later):
    assert latest(write(tmp_path, earlier, later))[0] == list(later)


def test_the_newest_is_the_furthest_after_a_million_epochs(tmp_path):
    assert latest(write(tmp_path, (999_999, 0), (1_000_000, 0), (1_000_001, 0)))[0] == [1_000_001, 0]


def test_a_state_of_the_same_position_is_replaced(tmp_path):
    checkpoints = write(tmp_path, (1, 0), (2, 0))
    checkpoints.write(Position(2), {"at": "again"}, {})
    assert latest(checkpoints) == ("again", [])
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("length", [0, 10, 60, -1])
def test_of_a_damaged_one_the_one_before_is_used_and_said(tmp_path, length):
    checkpoints = write(tmp_path, (1, 0), (1, 7))
    newest = tmp_path / "000001-000000007.checkpoint"
    newest.write_bytes(newest.read_bytes()[:length])
    found, said = latest(checkpoints)
    assert found == [1, 0]
    assert len(said) == 1
    expect_message(said[0])
    assert newest.exists()  # it is kept for diagnosis


def test_a_damaged_one_does_not_take_the_place_of_a_whole_one(tmp_path):
    checkpoints = write(tmp_path, (1, 0), (2, 0))
    damage(tmp_path / "000002-000000000.checkpoint")
    write(tmp_path, (1, 4), (1, 8))
    damage(tmp_path / "000001-000000008.checkpoint")
    assert latest(checkpoints)[0] == [1, 4]


def test_where_all_are_damaged_nothing_overwrites_them(tmp_path):
    checkpoints = write(tmp_path, (1, 0), (2, 0))
    for name in names(tmp_path):
        damage(tmp_path / name)
    before = names(tmp_path)
    said = []
    with pytest.raises(DataError) as caught:
        checkpoints.latest(said.append)
    message = str(caught.value)
    assert all(f"{tmp_path / name} is damaged" in message for name in before)
    expect_message(message)
    assert said == []
    assert names(tmp_path) == before


def test_what_a_killed_writer_left_is_swept_away(tmp_path):
    checkpoints = write(tmp_path, (1, 0))
    (tmp_path / ".000002-000000000-x1.checkpoint").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("a stranger's")
    assert latest(checkpoints) == ([1, 0], [])
    assert names(tmp_path) == ["000001-000000000.checkpoint", "notes.txt"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("place", ["open", "write", "replace"])
def test_what_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch, number, place):
    import os

    checkpoints = write(tmp_path, (1, 0), (2, 0))
    before = names(tmp_path)

    def failing(*arguments, **options):
        raise OSError(number, os.strerror(number))

    target = {
        "open": "kpipe.atomic.tempfile.mkstemp",
        "write": "kpipe.train.resume.checkpoint_file._HashingFile.write",
        "replace": "kpipe.atomic.Path.replace",
    }[place]
    monkeypatch.setattr(target, failing)
    with pytest.raises(TrainingError) as caught:
        write(tmp_path, (3, 0))
    expect_message(str(caught.value))
    monkeypatch.undo()
    assert names(tmp_path) == before
    assert latest(checkpoints) == ([2, 0], [])


def test_a_folder_that_cannot_be_made(tmp_path):
    with raises(TrainingError):
        write(tmp_path / "gone" / "checkpoint", (1, 0))
    (tmp_path / "file").write_text("")
    with raises(TrainingError):
        write(tmp_path / "file", (1, 0))


def test_a_finished_run_keeps_one_and_a_new_one_none(tmp_path):
    checkpoints = write(tmp_path, (1, 0), (2, 0))
    checkpoints.keep_newest()
    assert names(tmp_path) == ["000002-000000000.checkpoint"]
    (tmp_path / ".000003-000000000-x1.checkpoint").write_bytes(b"half")
    checkpoints.clear()
    assert names(tmp_path) == []
    Checkpoints(tmp_path / "nowhere").clear()
    Checkpoints(tmp_path / "nowhere").keep_newest()
