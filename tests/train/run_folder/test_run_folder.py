import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.errors import DataError, TrainingError
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.run_lock import locked


def test_the_next_free_number_is_taken(tmp_path):
    paths = [RunFolder.create(None, "digits", tmp_path).path for _ in range(3)]
    assert paths == [tmp_path / "digits" / str(number) for number in (1, 2, 3)]
    (tmp_path / "digits" / "17").mkdir()
    (tmp_path / "digits" / "notes").mkdir()
    assert RunFolder.create(None, "digits", tmp_path).path.name == "18"


def test_many_at_once_never_share_a_folder(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: RunFolder.create(None, "a", tmp_path).path, range(40)))
    assert sorted(int(path.name) for path in paths) == list(range(1, 41))


def test_one_of_many_gets_an_output(tmp_path):
    def create(_):
        try:
            return RunFolder.create(tmp_path / "out", "a")
        except DataError:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert sum(folder is not None for folder in pool.map(create, range(20))) == 1


def test_an_output_that_contains_anything_is_refused(tmp_path):
    (tmp_path / "model.keras").write_text("precious")
    with raises(DataError):
        RunFolder.create(tmp_path, "a")
    assert (tmp_path / "model.keras").read_text() == "precious"
    with raises(DataError):
        RunFolder.create(tmp_path / "model.keras", "a")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with raises(TrainingError):
        RunFolder.create(tmp_path / "file" / "below", "a")


def test_json_has_no_nan(tmp_path):
    folder = RunFolder(tmp_path)
    value = {
        "loss": np.float32("nan"),
        "list": [float("inf"), np.int64(3)],
        "path": Path("a"),
        "array": np.arange(2),
    }
    folder.write_json("result.json", value)
    text = (tmp_path / "result.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == {
        "loss": None,
        "list": [None, 3],
        "path": "a",
        "array": [0, 1],
    }


def test_csv_quotes_and_omits(tmp_path):
    RunFolder(tmp_path).write_csv("a.csv", ("sample", "reason"), [("a,b.png", None), ("ü", 1.5)])
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == 'sample,reason\n"a,b.png",\nü,1.5\n'


def test_a_folder_without_a_run(tmp_path):
    with raises(DataError):
        RunFolder(tmp_path).read_json("result.json")


@pytest.fixture
def failing():
    """Fails inside the context of a folder, after it has written there what a run writes."""

    def fail(folder, error=ValueError, is_begun=False):
        with pytest.raises(error), folder.owned():
            folder.write_text("spec.yaml", "name: a")
            (folder / "imports").mkdir()
            (folder / "imports" / "own.py").write_text("")
            if is_begun:
                folder.begin()
            raise error

    return fail


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_run_that_never_began_leaves_no_folder(tmp_path, failing, error):
    failing(RunFolder.create(tmp_path / "new" / "out", "a"), error)
    failing(RunFolder.create(None, "a", tmp_path / "runs"), error)
    assert not list(tmp_path.iterdir())
    failing(RunFolder.reopen(tmp_path / "new" / "out"), error)
    assert not list(tmp_path.iterdir())


def test_of_a_run_that_never_began_other_folders_stay(tmp_path, failing):
    (tmp_path / "out").mkdir()
    failing(RunFolder.create(tmp_path / "out", "a"))
    assert not list((tmp_path / "out").iterdir())
    first, second = (RunFolder.create(None, "a", tmp_path / "runs") for _ in range(2))
    failing(first)
    assert [path.name for path in (tmp_path / "runs" / "a").iterdir()] == ["2"]
    failing(second, is_begun=True)
    assert (second / "spec.yaml").exists()


def test_a_folder_that_is_resumed_stays(tmp_path, failing):
    failing(RunFolder.create(tmp_path / "out", "a"), is_begun=True)
    (tmp_path / "out" / "imports" / "own.py").unlink()
    (tmp_path / "out" / "imports").rmdir()
    failing(RunFolder.reopen(tmp_path / "out"))
    assert (tmp_path / "out" / "spec.yaml").exists()
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed" / "log.txt").write_text("")
    failing(RunFolder.reopen(tmp_path / "killed"))
    assert (tmp_path / "killed" / "log.txt").exists()


def test_a_folder_that_another_process_took_in_between_is_left_to_it(tmp_path):
    folder = RunFolder.create(tmp_path / "out", "a")
    (folder / "spec.yaml").write_text("name: another")
    with raises(DataError), folder.owned():
        pytest.fail("the folder was taken twice")
    folder = RunFolder.create(tmp_path / "locked", "a")
    with locked(folder.path), raises(DataError), folder.owned():
        pytest.fail("the folder was taken twice")
    assert (tmp_path / "out" / "spec.yaml").exists()
    assert (tmp_path / "locked" / "log.txt").exists()


def test_an_output_can_be_refused_early(tmp_path):
    RunFolder.refuse_taken(None)
    RunFolder.refuse_taken(tmp_path)
    RunFolder.refuse_taken(tmp_path / "new")
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file"):
        with raises(DataError):
            RunFolder.refuse_taken(path)


def test_what_killed_writers_have_left_is_swept_and_nothing_else(tmp_path):
    left = [".model-abcd1234.keras", ".history-k_2f0x9z.csv", ".result-00000000.json"]
    kept = [".model.keras", ".hidden", "model-abcd1234.keras", ".notes-abcd1234.csv", "history.csv"]
    for name in (*left, *kept):
        (tmp_path / name).touch()
    RunFolder(tmp_path).sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_a_file_is_not_a_folder_to_reopen(tmp_path):
    (tmp_path / "a.yaml").touch()
    with raises(DataError):
        RunFolder.reopen(tmp_path / "a.yaml")


def test_csv_is_read_as_it_was_before_its_formulas_were_disarmed(tmp_path):
    folder = RunFolder(tmp_path)
    guard = folder.write_csv("history.csv", ["epoch", "=a_loss", "b\rc"], [[1, -0.5, None], [2, 0.25, "-x\ny"]])
    assert guard.count == 2
    assert (tmp_path / "history.csv").read_bytes() == b'epoch,\'=a_loss,"b\rc"\n1,-0.5,\n2,0.25,"\'-x\ny"\n'
    assert folder.read_csv("history.csv") == [
        {"epoch": "1", "=a_loss": "-0.5", "b\rc": ""},
        {"epoch": "2", "=a_loss": "0.25", "b\rc": "'-x\ny"},
    ]


def test_names_that_are_not_utf_8_can_be_written(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json("data.json", {"\udcff\x9b": ["\u202e"]})
    assert folder.read_json("data.json") == {"\udcff\x9b": ["\u202e"]}
    assert "\u202e" not in (tmp_path / "data.json").read_text(encoding="utf-8")
    folder.write_csv("bad_samples.csv", ["sample"], [["\udcff.png"]])
    assert (tmp_path / "bad_samples.csv").read_text(encoding="utf-8") == "sample\n\\udcff.png\n"


def test_the_folder_of_a_sweep_is_not_a_run(tmp_path):
    (tmp_path / "trials" / "1").mkdir(parents=True)
    with pytest.raises(DataError, match=r"is a sweep, which has no model; .* such as .*trials/1; best.yaml tells"):
        RunFolder(tmp_path).read_json("result.json")


@pytest.mark.parametrize(
    ("name", "found"),
    [("result.json", "run"), ("folds/1", "cross-validation"), ("trials/1", "sweep"), ("journal.jsonl", "sweep")],
)
def test_what_the_folder_contains_can_be_resumed_alone(tmp_path, name, found):
    (tmp_path / "log.txt").touch()
    assert RunFolder.reopen(tmp_path, "sweep").path == tmp_path
    path = tmp_path / name
    if path.suffix:
        path.touch()
    else:
        path.mkdir(parents=True)
    for content in ("run", "cross-validation", "sweep"):
        if content == found:
            assert RunFolder.reopen(tmp_path, content).path == tmp_path
        else:
            with pytest.raises(DataError, match=f"this is the folder of a {found}; expected one of a {content}"):
                RunFolder.reopen(tmp_path, content)


def test_a_file_is_removed_if_it_exists(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "confusion.csv").touch()
    for _ in range(2):
        folder.remove("confusion.csv")
        assert not [*tmp_path.iterdir()]
    (tmp_path / "taken" / "file").mkdir(parents=True)
    with pytest.raises(TrainingError, match="taken cannot be removed"):
        folder.remove("taken")


def test_a_run_folder_is_a_path(tmp_path):
    folder = RunFolder(tmp_path)
    assert Path(folder) == tmp_path
    assert str(folder) == str(tmp_path)
    assert repr(folder) == f"<RunFolder {tmp_path}>"
    assert os.listdir(folder) == []  # noqa: PTH208
