from pathlib import Path

import keras
import pytest
from golden import raises

from kpipe.errors import SpecError
from kpipe.train.callbacks.keras_callbacks import build_callbacks, check_callbacks, make_folders

from ..stand_in import node

NAMES = ["loss", "accuracy", "val_loss", "val_accuracy"]


def checked(callback, names=NAMES, monitor="val_loss", optimizer=None):
    callbacks = build_callbacks(node([callback], "train.callbacks", 30), Path("unused"), 32)
    optimizer = optimizer or keras.optimizers.SGD()
    check_callbacks(callbacks, optimizer, names, monitor, lambda path: None)


def test_files_go_below_the_run_folder(tmp_path):
    names = [
        {"CSVLogger": {"filename": "epochs/log.csv"}},
        {"ModelCheckpoint": {"filepath": "states/{epoch}.keras"}},
        "TensorBoard",
    ]
    run = tmp_path / "run"
    built = build_callbacks(node(names), run, 32)
    assert make_folders(built, run) == []
    first, second, third = (callback for callback, _ in built)
    assert first.filename == str(run / "epochs" / "log.csv")
    assert second.filepath == str(run / "states" / "{epoch}.keras")
    assert third.log_dir == str(run / "logs")
    assert (run / "epochs").is_dir()
    assert (run / "states").is_dir()


def test_braces_of_the_run_folder_are_not_fields(tmp_path):
    folder = tmp_path / "{loss}"
    ((callback, _),) = build_callbacks(node([{"ModelCheckpoint": {"filepath": "{epoch}.keras"}}]), folder, 32)
    assert callback.filepath.format(epoch=3) == str(folder / "3.keras")


def given(value, *names):
    """Callbacks of an override."""
    made = node([{name: {argument: value if text is None else text}} for name, argument, text in names])
    for part in made.walk():
        part.origin = "/-" if part.value == value else None
    return made


def test_an_absolute_path_of_an_override_is_used_and_reported(tmp_path):
    path = str(tmp_path / "elsewhere" / "log.csv")
    built = build_callbacks(given(path, ("CSVLogger", "filename", None)), tmp_path / "run", 32)
    (output,) = make_folders(built, tmp_path / "run")
    assert built[0][0].filename == path
    assert (output.callback, output.text) == ("CSVLogger", path)
    assert (tmp_path / "elsewhere").is_dir()


@pytest.mark.parametrize("name", ["history.csv", "checkpoint/a.csv", "mine.csv", "states/1.keras"])
def test_an_absolute_path_to_another_file_of_the_run_is_refused(tmp_path, name):
    others = [("CSVLogger", "filename", "mine.csv"), ("ModelCheckpoint", "filepath", "states/{epoch}.keras")]
    made = given(str(tmp_path / name), ("CSVLogger", "filename", None), *others)
    with raises(SpecError):
        make_folders(build_callbacks(made, tmp_path, 32), tmp_path)


@pytest.mark.parametrize(("link", "path"), [("logs", "logs/a.csv"), ("7", "{epoch}/a.keras"), ("a/b.csv", "a/b.csv")])
def test_a_link_out_of_the_run_folder_is_refused(tmp_path, link, path):
    run = tmp_path / "run"
    (run / link).parent.mkdir(parents=True)
    (run / link).symlink_to(tmp_path)
    name = {"ModelCheckpoint": {"filepath": path}} if path.endswith("keras") else {"CSVLogger": {"filename": path}}
    with raises(SpecError):
        make_folders(build_callbacks(node([name]), run, 32), run)


def test_a_link_within_the_run_folder_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "logs").symlink_to(tmp_path / "there")
    assert (
        make_folders(build_callbacks(node([{"CSVLogger": {"filename": "logs/a.csv"}}]), tmp_path, 32), tmp_path) == []
    )


def test_none_are_fine(tmp_path):
    assert build_callbacks(None, tmp_path, 32) == []
    assert build_callbacks(node(None), tmp_path, 32) == []


def test_those_that_fit_pass():
    checked({"EarlyStopping": {"monitor": "val_accuracy", "patience": 3}})
    checked({"EarlyStopping": {"monitor": "val_loss", "restore_best_weights": True}})
    checked({"ReduceLROnPlateau": {"monitor": "loss"}})
    checked({"ModelCheckpoint": {"filepath": "a.keras", "monitor": "nothing"}})
    checked("SwapEMAWeights", optimizer=keras.optimizers.SGD(use_ema=True))
    checked("SwapEMAWeights", optimizer=keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(use_ema=True)))


@pytest.mark.parametrize(
    ("callback", "names"),
    [
        ({"EarlyStopping": {"monitor": "val_acc"}}, NAMES),
        ("EarlyStopping", ["loss"]),
        ({"ModelCheckpoint": {"filepath": "a.keras", "monitor": "x", "save_best_only": True}}, NAMES),
        ({"EarlyStopping": {"monitor": "val_accuracy", "restore_best_weights": True}}, NAMES),
        ("SwapEMAWeights", NAMES),
        ({"ModelCheckpoint": {"filepath": "{val_los:.2f}.keras"}}, NAMES),
        ({"ModelCheckpoint": {"filepath": "a.keras", "save_best_only": True, "save_freq": 5}}, NAMES),
    ],
)
def test_what_would_show_after_an_epoch_or_never_is_refused(callback, names):
    with raises(SpecError):
        checked(callback, names)


def test_two_that_set_the_learning_rate():
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
    with raises(SpecError):
        checked({"ReduceLROnPlateau": {"monitor": "loss"}}, optimizer=optimizer)
