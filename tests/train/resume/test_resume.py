import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from golden import expect_message, expect_messages, raises
from PIL import Image

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError, KpipeError
from kpipe.messages.training_position import TrainingPosition
from kpipe.train.resume.changed_data import refuse_changed_data
from kpipe.train.resume.checkpoints import Checkpoints, Position
from kpipe.train.resume.earlier_progress import finished, last_epoch_actions, saved_state
from kpipe.train.resume.earlier_spec import refuse_changed_spec
from kpipe.train.resume.nested_arrays import packed
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import write_spec

SPEC = """
name: small
vars: {width: 4}
data: {source: Digits, batch_size: 8, prepare: [Rescale]}
model: [Dense: {units: =width}, Dense: {units: =classes}]
train: {epochs: 3, optimizer: {SGD: {learning_rate: 0.1}}, metrics: [MeanSquaredError]}
"""


def written(folder, text, name="now.yaml"):
    path = folder.path.parent / name
    path.write_text(text)
    return checked(path)


@pytest.fixture
def folder(tmp_path):
    """A run folder of this version with a spec and nothing else."""
    (tmp_path / "run").mkdir()
    found = RunFolder(tmp_path / "run")
    found.write_text("spec.yaml", written(found, SPEC).dump())
    return found


HARMLESS = {
    "epochs": ("epochs: 3", "epochs: 300"),
    "spelling of a number": ("learning_rate: 0.1", "learning_rate: 1e-1"),
    "an expression": ("learning_rate: 0.1", "learning_rate: =1/10"),
    "defaults": ("learning_rate: 0.1", "learning_rate: 0.1, momentum: 0.0, nesterov: false"),
    "a section's default": ("epochs: 3", "epochs: 3, choose: {mode: auto}, label_smoothing: 0.0"),
    "another form of a component": ("[MeanSquaredError]", "[MeanSquaredError: {}]"),
    "a whole number": ("[MeanSquaredError]", "[MeanSquaredError: {dtype: null}]"),
    "comments and order": ("data: {source: Digits, batch_size: 8", "# a comment\ndata: {batch_size: 8, source: Digits"),
    "strategy": ("epochs: 3", "epochs: 3, strategy: {OneDevice: {device: CPU}}"),
    "checkpoint": ("epochs: 3", "epochs: 3, checkpoint: {every_steps: 3}"),
    "memory": ("batch_size: 8", "batch_size: 8, memory: 0.5"),
}


@pytest.mark.parametrize(("old", "new"), HARMLESS.values(), ids=HARMLESS)
def test_equivalent_specs_are_resumed(folder, old, new):
    assert old in SPEC
    assert refuse_changed_spec(folder, written(folder, SPEC.replace(old, new))) is None


@pytest.mark.parametrize(
    ("old", "new"), [("units: =width}", "units: 4}"), ("width: 4", "width: 5")], ids=["value", "variable"]
)
def test_a_model_that_is_written_in_another_way_must_be_built_to_be_compared(folder, old, new):
    text = SPEC.replace(old, new).replace("vars: {width: 4}" if new == "units: 4}" else "", "")
    before = refuse_changed_spec(folder, written(folder, text))
    assert before.is_other_model
    assert before.undecided == []
    assert before.spec.model.plain() == [{"Dense": {"units": "=width"}}, {"Dense": {"units": "=classes"}}]


def test_where_nothing_was_written_yet_nothing_is_refused(tmp_path):
    folder = RunFolder(tmp_path / "empty")
    assert refuse_changed_spec(folder, written(folder, SPEC)) is None


def test_a_changed_spec_is_refused_with_all_that_differs(folder):
    now = (
        SPEC.replace("small", "other").replace("epochs: 3", "epochs: 2").replace("0.1", "0.2").replace("Square", "Abs")
    )
    now = now.replace("MeanAbsdError", "MeanAbsoluteError").replace("batch_size: 8", "batch_size: 9")
    before = (folder / "spec.yaml").read_text()
    with pytest.raises(DataError) as caught:
        refuse_changed_spec(folder, written(folder, now))
    expect_message(str(caught.value))
    assert (folder / "spec.yaml").read_text() == before


def with_code(folder, **files):
    """A spec that imports these files, which are beside it."""
    for name, content in files.items():
        (folder.path.parent / f"{name}.py").write_bytes(content)
    return written(folder, f"imports: [{', '.join(f'./{name}.py' for name in files)}]\n{SPEC}")


def test_changed_code_is_refused(folder):
    spec = with_code(folder, own=b"a = 1\n")
    write_spec(folder, spec, {})
    assert refuse_changed_spec(folder, spec) is None
    with raises(DataError):
        refuse_changed_spec(folder, with_code(folder, own=b"a = 2\n"))
    with raises(DataError):
        refuse_changed_spec(folder, with_code(folder, own=b"a = 1\n", new=b""))
    with raises(DataError):
        refuse_changed_spec(folder, written(folder, SPEC))


IMAGES = """
name: small
data: {source: {ImageFolder: {train: images}}, validation: 0.25, batch_size: 4, prepare: [Resize: {height: 4, width: 4}]}
model: [Flatten, Dense: {units: =classes}]
train: {epochs: 1}
"""
ARRAYS = """
name: small
data: {source: {Arrays: {path: a.npz}}, validation: 0.25, batch_size: 4}
model: [Dense: {units: =classes}]
train: {epochs: 1}
"""
TABLE = """
name: small
data: {source: {Table: {path: t.csv, target: y}}, validation: 0.25, batch_size: 4, prepare: [Standardize, OneHot]}
model: [Dense: {units: =classes}]
train: {epochs: 1}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(1)
    x = random.normal(size=(24, 3)).astype(np.float32)
    np.savez(folder / "a.npz", x=x, y=np.arange(24) % 2)
    rows = [f"{value:.3f},{'rgb'[n % 3]},{-value:.3f},{'ab'[n % 2]}" for n, value in enumerate(random.normal(size=24))]
    (folder / "t.csv").write_text("\n".join(["u,v,w,y", *rows]) + "\n")
    for name in ("a", "b"):
        (folder / "images" / name).mkdir(parents=True)
        for n in range(8):
            image = Image.fromarray(random.integers(0, 256, (5, 5, 3), np.uint8))
            image.save(folder / "images" / name / f"{n}.png")
    return folder


@pytest.fixture(scope="module")
def trained(data):
    """Copies the run of a spec after its first epoch into a folder."""
    runs = {}

    def copied(text, folder):
        if text not in runs:
            runs[text] = data / f"run-{len(runs)}"
            (data / "spec.yaml").write_text(text)
            kpipe.load(data / "spec.yaml").run(runs[text])
        shutil.copytree(runs[text], folder)

    return copied


AUTO = "train: {epochs: 1}"
SAME = {
    "inputs and targets": (ARRAYS, "path: a.npz", "path: a.npz, inputs: [x], targets: [y]"),
    "task": (ARRAYS, "path: a.npz", "path: a.npz, task: classification"),
    "targets of a table": (TABLE, "target: y", "targets: [y]"),
    "columns": (TABLE, "target: y", "target: y, columns: [u, v, w]"),
    "columns that keep the order of the file": (TABLE, "target: y", "target: y, columns: [w, v, u]"),
    "kinds of columns": (TABLE, "target: y", "target: y, numeric: [u, w], categorical: [v]"),
    "color": (IMAGES, "train: images", "train: images, color: rgb"),
    "limits": (IMAGES, "validation", "max_pixels: 1000, max_bad: 0.5, validation"),
    "monitor": (ARRAYS, AUTO, "train: {epochs: 1, choose: {monitor: val_loss}}"),
    "mode": (ARRAYS, AUTO, "train: {epochs: 1, choose: {monitor: val_loss, mode: min}}"),
    "loss and metrics": (
        ARRAYS,
        AUTO,
        "train: {epochs: 1, metrics: [accuracy], loss: {SparseCategoricalCrossentropy: {from_logits: true}}}",
    ),
}
OTHER = {
    "task": (ARRAYS, "path: a.npz", "path: a.npz, task: regression"),
    "fewer columns": (TABLE, "target: y", "target: y, columns: [u, v]"),
    "another target": (TABLE, "target: y", "target: v"),
    "color": (IMAGES, "train: images", "train: images, color: gray"),
    "limits": (IMAGES, "validation", "max_pixels: 20, max_bad: 1, validation"),
    "choose": (ARRAYS, AUTO, "train: {epochs: 1, choose: {monitor: val_accuracy}}"),
    "mode": (ARRAYS, AUTO, "train: {epochs: 1, choose: {monitor: val_loss, mode: max}}\nchecks: {ignore: [E006]}"),
    "name of a metric": (ARRAYS, AUTO, "train: {epochs: 1, metrics: [SparseCategoricalAccuracy]}"),
    "argument of the loss": (
        ARRAYS,
        AUTO,
        "train: {epochs: 1, loss: {SparseCategoricalCrossentropy: {from_logits: true, reduction: sum}}}",
    ),
}


@pytest.fixture
def resumed(data, trained, tmp_path):
    """Continues the run of a spec in `tmp_path` with a changed spec, or ends with an error."""

    def run(text, old, new, epochs):
        assert old in text
        trained(text, tmp_path / "run")
        (data / "spec.yaml").write_text(text.replace(old, new))
        return kpipe.load(data / "spec.yaml", {"train.epochs": epochs}).run(tmp_path / "run", resume=True)

    return run


@pytest.mark.parametrize(("text", "old", "new"), SAME.values(), ids=SAME)
def test_what_was_found_or_decided_may_be_written_out(resumed, text, old, new):
    assert len(resumed(text, old, new, 2).history["loss"]) == 2


@pytest.mark.parametrize(("text", "old", "new"), OTHER.values(), ids=OTHER)
def test_what_was_not_found_or_decided_is_refused(resumed, tmp_path, text, old, new):
    with pytest.raises(KpipeError):
        resumed(text, old, new, 2)
    assert RunFolder(tmp_path / "run").read_json("result.json")["epochs"] == 1


def test_a_finished_run_is_compared_likewise(resumed, tmp_path):
    resumed(*SAME["loss and metrics"], 1)
    shutil.rmtree(tmp_path / "run")
    with raises(DataError):
        resumed(*OTHER["mode"], 1)


class Data:
    """A fingerprint with what it finds."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)

    def differences(self, before, say):
        assert before == {"labels": {}}
        return self.found

    def of_format_1(self):
        return "of 0.1"


DESCRIPTION = {"classes": ("a", "b"), "parts": {"train": 3}, "fill": float("nan")}


def test_changed_data_is_refused_with_all_that_differs(folder):
    refuse_changed_data(folder, DESCRIPTION, Data(), pytest.fail)
    folder.write_json("data.json", {**DESCRIPTION, "fingerprint": {"labels": {}}})
    refuse_changed_data(folder, DESCRIPTION, Data(), pytest.fail)
    with pytest.raises(DataError) as caught:
        refuse_changed_data(
            folder, {**DESCRIPTION, "parts": {"train": 4}}, Data("the values of input 'x'"), pytest.fail
        )
    expect_message(str(caught.value))


def test_data_of_version_0_1_are_compared_as_far_as_it_knew_them(folder):
    folder.write_json("data.json", {**DESCRIPTION, "fingerprint": "of 0.1"})
    refuse_changed_data(folder, {**DESCRIPTION, "new": 1}, Data(), pytest.fail)
    with raises(DataError):
        refuse_changed_data(folder, {**DESCRIPTION, "parts": {"train": 4}}, Data(), pytest.fail)
    folder.write_json("data.json", {**DESCRIPTION, "fingerprint": "of others"})
    with raises(DataError):
        refuse_changed_data(folder, DESCRIPTION, Data(), pytest.fail)


OF_0_1 = Path(__file__).parents[2] / "fixtures" / "run_of_0_1"
SPEC_OF_0_1 = """
name: old
seed: 3
data: {source: Iris, test: 0.2, validation: 0.2, batch_size: 20, prepare: [Standardize]}
model:
  - Dense: {units: 4, activation: relu}
  - BatchNormalization
  - Dropout: {rate: 0.2}
  - Dense: {units: =classes}
train:
  epochs: 4
  optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}
  callbacks: [EarlyStopping: {monitor: val_loss, patience: 3}]
"""


def test_a_run_that_version_0_1_began_becomes_that_of_this_version(tmp_path):
    """Its first two epochs were computed on another machine, hence the tolerance; on one machine the bits are equal."""
    (tmp_path / "old.yaml").write_text(SPEC_OF_0_1)
    shutil.copytree(OF_0_1, tmp_path / "run")
    pipeline = kpipe.load(tmp_path / "old.yaml")
    resumed, whole = pipeline.run(tmp_path / "run", resume=True), pipeline.run(tmp_path / "whole")
    assert "continues after epoch 2" in (tmp_path / "run" / "log.txt").read_text()
    assert resumed.history["loss"] == pytest.approx(whole.history["loss"], rel=1e-5)
    for one, other in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        assert one == pytest.approx(other, rel=1e-4, abs=1e-5)
    for path in sorted((tmp_path / "run" / "checkpoint").iterdir()):
        assert path.read_bytes().startswith(b"kpipe checkpoint 2\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("batch_size: 20", "batch_size: 21"),
        ("units: 4", "units: 5"),
        ("patience: 3", "patience: 4"),
        ("Standardize", "Center"),
    ],
)
def test_a_run_that_version_0_1_began_is_refused_where_it_would_be_another(tmp_path, old, new):
    (tmp_path / "old.yaml").write_text(SPEC_OF_0_1.replace(old, new))
    shutil.copytree(OF_0_1, tmp_path / "run")
    with pytest.raises(DataError) as caught:
        kpipe.load(tmp_path / "old.yaml").run(tmp_path / "run", resume=True)
    expect_message(str(caught.value))


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
def test_detecting_a_finished_run(folder, result, epochs, said):
    if result is not None:
        folder.write_json("result.json", result)
    found = finished(folder, [epochs])
    expected = f"{folder.path}: already finished ({said}); there is nothing to resume"
    assert found == (None if said is None else expected)


def test_a_run_that_exploded_is_not_tried_again(folder):
    folder.write_json("result.json", {"status": "exploded", "epochs": 2})
    with raises(DataError):
        finished(folder, [3])


def test_an_invalid_result_file(folder):
    (folder / "result.json").write_text("{")
    with raises(DataError):
        finished(folder, [3])


def write(folder, position, history=None, **surroundings) -> None:
    history = history or History(folder, [], lambda: None)
    values = {
        "position": {"epoch": position.epoch, "step": position.step},
        "more": {"surroundings": surroundings, "history": history.state()},
        "callbacks": [],
    }
    arrays = {}
    description = {"state": packed(values, arrays, "state"), "paths": []}
    Checkpoints(folder / "checkpoint").write(position, description, arrays)


def test_without_a_state_the_run_begins(folder):
    said = []
    assert saved_state(folder, {}, said.append) is None
    expect_messages(said, 1)


def test_the_newest_state_is_reported(folder):
    write(folder, Position(1), keras="3", cores=2)
    write(folder, Position(1, 4), keras="3", cores=2)
    said = []
    state = saved_state(folder, {"keras": "3", "cores": 2}, said.append)
    assert state.position == Position(1, 4)
    expect_messages(said, 1)


def test_in_a_different_environment_the_run_is_not_bit_identical(folder):
    write(folder, Position(2), keras="3", numpy="2", cores=2)
    said = []
    assert saved_state(folder, {"keras": "4", "numpy": "2", "cores": 8, "new": 1}, said.append) is not None
    expect_messages(said, 2)


def test_a_damaged_state_is_reported_and_the_one_before_is_used(folder):
    write(folder, Position(1))
    write(folder, Position(2))
    newest = folder / "checkpoint" / "000002-000000000.checkpoint"
    newest.write_bytes(newest.read_bytes()[:-3])
    said = []
    assert saved_state(folder, {}, said.append).position == Position(1)
    expect_messages(said, 2)


def test_a_history_that_has_been_removed_is_refused_before_the_run_continues(folder):
    history = History(folder, ["loss"], lambda: None)
    history.epoch_ends(TrainingPosition(1, 5), {"loss": 0.5}, 0.1)
    write(folder, Position(1), history)
    assert saved_state(folder, {}, lambda line: None) is not None
    (folder / "history.csv").unlink()
    with pytest.raises(DataError, match=r"history\.csv has been changed or removed"):
        saved_state(folder, {}, pytest.fail)


def test_a_history_whose_states_are_gone_is_not_written_over(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "history.csv").write_text("epoch,loss\n1,0.5\n")
    said = []
    assert saved_state(folder, {}, said.append) is None
    expect_message(said[0])
    (tmp_path / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    with raises(DataError):
        saved_state(folder, {}, said.append)


def test_what_was_done_since_an_epoch_was_the_last_is_reported(tmp_path):
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
    with raises(KpipeError):
        refuse_changed_spec(folder, written(folder, SPEC))
        refuse_changed_data(folder, {}, Data(), pytest.fail)
        finished(folder, [3])
