from pathlib import Path

import keras
import pytest

from kpipe.errors import SpecError
from kpipe.train.callbacks import build_callbacks, check_callbacks, make_folders

from .stand_in import node

NAMES = ["loss", "accuracy", "val_loss", "val_accuracy"]


def checked(callback, names=NAMES, monitor="val_loss", optimizer=None):
    callbacks = build_callbacks(node([callback], "train.callbacks", 30), Path("unused"))
    check_callbacks(callbacks, optimizer or keras.optimizers.SGD(), names, monitor, lambda path: None)


def test_files_go_below_the_run_folder(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "log.csv"
    names = [
        {"CSVLogger": {"filename": "logs/epochs.csv"}},
        {"CSVLogger": {"filename": str(elsewhere)}},
        {"ModelCheckpoint": {"filepath": "states/{epoch}.keras"}},
        "TensorBoard",
    ]
    built = build_callbacks(node(names), tmp_path / "run")
    make_folders(built, tmp_path / "run")
    first, second, third, fourth = (callback for callback, _ in built)
    assert first.filename == str(tmp_path / "run" / "logs" / "epochs.csv")
    assert second.filename == str(elsewhere)
    assert third.filepath == str(tmp_path / "run" / "states" / "{epoch}.keras")
    assert fourth.log_dir == str(tmp_path / "run" / "logs")
    assert (tmp_path / "run" / "logs").is_dir()
    assert (tmp_path / "run" / "states").is_dir()
    assert elsewhere.parent.is_dir()


def test_none_are_fine(tmp_path):
    assert build_callbacks(None, tmp_path) == []
    assert build_callbacks(node(None), tmp_path) == []


def test_those_that_fit_pass():
    checked({"EarlyStopping": {"monitor": "val_accuracy", "patience": 3}})
    checked({"EarlyStopping": {"monitor": "val_loss", "restore_best_weights": True}})
    checked({"ReduceLROnPlateau": {"monitor": "loss"}})
    checked({"ModelCheckpoint": {"filepath": "a.keras", "monitor": "nothing"}})


@pytest.mark.parametrize(
    ("callback", "names", "message"),
    [
        (
            {"EarlyStopping": {"monitor": "val_acc"}},
            NAMES,
            "spec.yaml:30:1: train.callbacks.0: EarlyStopping watches val_acc.*: loss, accuracy, val_loss",
        ),
        ("EarlyStopping", ["loss"], r"watches val_loss, which is no figure of this training \(there is no validation"),
        ({"ModelCheckpoint": {"filepath": "a.keras", "monitor": "x", "save_best_only": True}}, NAMES, "watches x"),
        (
            {"EarlyStopping": {"monitor": "val_accuracy", "restore_best_weights": True}},
            NAMES,
            "keeps that of val_loss: leave restore_best_weights out and write choose: {monitor: val_accuracy}",
        ),
    ],
)
def test_what_would_show_after_an_epoch_or_never_is_refused(callback, names, message):
    with pytest.raises(SpecError, match=message):
        checked(callback, names)


def test_two_that_set_the_learning_rate():
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
    with pytest.raises(SpecError, match="sets the learning rate, and the optimizer's schedule does so too"):
        checked({"ReduceLROnPlateau": {"monitor": "loss"}}, optimizer=optimizer)
