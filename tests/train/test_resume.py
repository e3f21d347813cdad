import keras
import pytest

from kpipe.errors import DataError, KpipeError
from kpipe.train.checkpoints import Checkpoints, Position
from kpipe.train.packing import packed
from kpipe.train.resume import finished, last_epoch_actions, refuse_changed_data, refuse_changed_spec, saved_state
from kpipe.train.run_folder import RunFolder

SPEC = "name: small\ntrain: {epochs: 3, optimizer: {SGD: {learning_rate: 0.1}}}\n"


@pytest.fixture
def folder(tmp_path):
    found = RunFolder(tmp_path)
    found.write_text("spec.yaml", SPEC)
    return found


@pytest.mark.parametrize(
    "now", [SPEC, SPEC.replace("3", "4"), SPEC.replace("{epochs: 3, ", "{").replace("1}}}", "1}}, epochs: 300}")]
)
def test_the_same_spec_and_one_that_trains_longer_go_on(folder, now):
    refuse_changed_spec(folder, now, {})


def test_where_nothing_was_written_yet_nothing_is_refused(tmp_path):
    refuse_changed_spec(RunFolder(tmp_path), SPEC, {"imports/own.py": b""})


def test_a_changed_spec_is_refused_with_all_that_differs(folder):
    now = SPEC.replace("small", "other").replace("3", "2").replace("0.1", "0.2")
    with pytest.raises(DataError) as caught:
        refuse_changed_spec(folder, now, {})
    assert str(caught.value) == (
        f"{folder.path} holds a run of another spec; with --resume only train.epochs may grow. What differs:\n"
        "    name: 'small' -> 'other'\n"
        "    train.epochs: 3 -> 2\n"
        "    train.optimizer.SGD.learning_rate: 0.1 -> 0.2\n"
        "undo the changes, or start anew in another folder"
    )
    assert (folder / "spec.yaml").read_text() == SPEC


def test_changed_code_is_refused(folder):
    (folder / "imports").mkdir()
    (folder / "imports" / "own.py").write_bytes(b"a = 1\n")
    refuse_changed_spec(folder, SPEC, {"imports/own.py": b"a = 1\n"})
    with pytest.raises(DataError, match=r"\n    imports/own\.py: the code has changed\n"):
        refuse_changed_spec(folder, SPEC, {"imports/own.py": b"a = 2\n"})
    with pytest.raises(DataError, match=r"\n    imports/new\.py: the code has changed\n"):
        refuse_changed_spec(folder, SPEC, {"imports/new.py": b""})


def test_changed_data_are_refused(folder):
    description = {"classes": ("a", "b"), "parts": {"train": 3}, 1: 2.5}
    refuse_changed_data(folder, description)
    folder.write_json("data.json", description)
    refuse_changed_data(folder, description)
    with pytest.raises(DataError) as caught:
        refuse_changed_data(folder, {**description, "parts": {"train": 4}})
    assert str(caught.value) == (
        f"the data differ from those that {folder / 'data.json'} describes, so the run cannot go on as it would have: "
        "bring the earlier data back, or start anew in another folder"
    )


def test_no_number_is_not_a_change_of_the_data(folder):
    folder.write_json("data.json", {"fill": float("nan")})
    refuse_changed_data(folder, {"fill": float("nan")})


@pytest.mark.parametrize(
    ("result", "epochs", "said"),
    [
        (None, 3, None),
        ({"status": "completed", "epochs": 3}, 3, "completed after 3 epochs"),
        ({"status": "completed", "epochs": 3}, 4, None),
        ({"status": "stopped_early", "epochs": 2}, 3, "stopped early after 2 epochs"),
        ({"status": "stopped_early", "epochs": 2}, 9, "stopped early after 2 epochs"),
        ({"status": "interrupted", "epochs": 3}, 3, None),
        ({"status": "failed", "epochs": 0}, 3, None),
        ({"status": "failed", "epochs": None}, 3, None),
    ],
)
def test_whether_a_run_is_finished(folder, result, epochs, said):
    if result is not None:
        folder.write_json("result.json", result)
    found = finished(folder, epochs)
    expected = f"{folder.path}: finished already ({said}); nothing is left to do"
    assert found == (None if said is None else expected)


def test_a_run_that_exploded_is_not_tried_again(folder):
    folder.write_json("result.json", {"status": "exploded", "epochs": 2})
    with pytest.raises(DataError, match="exploded in epoch 2, and would do so again; change the spec and start again"):
        finished(folder, 3)


def test_a_result_that_is_no_result(folder):
    (folder / "result.json").write_text("{")
    with pytest.raises(DataError, match=r"result\.json is not valid JSON"):
        finished(folder, 3)


def write(folder, position, **surroundings) -> None:
    values = {
        "position": {"epoch": position.epoch, "step": position.step},
        "more": {"surroundings": surroundings},
        "callbacks": [],
    }
    arrays = {}
    description = {"state": packed(values, arrays, "state"), "paths": []}
    Checkpoints(folder / "checkpoint").write(position, description, arrays)


def test_without_a_state_the_run_begins(folder):
    said = []
    assert saved_state(folder, {}, said.append) is None
    assert said == [f"no state was saved in {folder.path} yet; the run starts from the beginning"]


def test_the_newest_state_is_said(folder):
    write(folder, Position(1), keras="3", cores=2)
    write(folder, Position(1, 4), keras="3", cores=2)
    said = []
    state = saved_state(folder, {"keras": "3", "cores": 2}, said.append)
    assert state.position == Position(1, 4)
    assert said == ["goes on after step 4 of epoch 2"]


def test_where_the_surroundings_differ_the_run_is_not_bit_equal_any_more(folder):
    write(folder, Position(2), keras="3", numpy="2", cores=2)
    said = []
    assert saved_state(folder, {"keras": "4", "numpy": "2", "cores": 8, "new": 1}, said.append) is not None
    assert said == [
        "not bit-equal to an unbroken run any more: keras 3 -> 4, cores 2 -> 8, new None -> 1",
        "goes on after epoch 2",
    ]


def test_a_damaged_state_is_said_and_the_one_before_is_used(folder):
    write(folder, Position(1))
    write(folder, Position(2))
    newest = folder / "checkpoint" / "000002-000000000.checkpoint"
    newest.write_bytes(newest.read_bytes()[:-3])
    said = []
    assert saved_state(folder, {}, said.append).position == Position(1)
    assert said == [
        f"{newest} is damaged: its checksum differs; the state before it is used",
        "goes on after epoch 1",
    ]


def test_a_history_whose_states_are_gone_is_not_written_over(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "history.csv").write_text("epoch,loss\n1,0.5\n")
    said = []
    assert saved_state(folder, {}, said.append) is None
    assert "starts from the beginning" in said[0]
    (tmp_path / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    with pytest.raises(DataError, match="has the history of 2 epochs, and no state in checkpoint/ to go on from"):
        saved_state(folder, {}, said.append)


def test_what_was_done_since_an_epoch_was_the_last_is_said(tmp_path):
    folder, swapping = RunFolder(tmp_path), keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    (tmp_path / "history.csv").write_text("epoch\n1\n2\n3\n")
    assert last_epoch_actions(folder, 3, 2, [swapping]) is None
    folder.write_json("result.json", {"status": "completed"})
    assert "epoch 3 was validated because it was the last" in last_epoch_actions(folder, 3, 2, [])
    assert "Keras kept the averages as weights" in last_epoch_actions(folder, 3, 1, [swapping])
    assert last_epoch_actions(folder, 4, 2, [keras.callbacks.SwapEMAWeights()]) is None


@pytest.mark.parametrize("name", ["data.json", "result.json", "spec.yaml"])
@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_a_damaged_file_of_the_folder_is_named(tmp_path, name, content):
    folder = RunFolder(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(KpipeError, match=name):
        refuse_changed_spec(folder, "name: a\n", {})
        refuse_changed_data(folder, {})
        finished(folder, 3)
