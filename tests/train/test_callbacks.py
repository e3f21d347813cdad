from pathlib import Path

import keras
import pytest

from kpipe.errors import SpecError
from kpipe.train.callbacks import build_callbacks, check_callbacks, make_folders

from .stand_in import node

NAMES = ["loss", "accuracy", "val_loss", "val_accuracy"]


def checked(callback, names=NAMES, monitor="val_loss", optimizer=None):
    callbacks = build_callbacks(node([callback], "train.callbacks", 30), Path("unused"), 32)
    optimizer = optimizer or keras.optimizers.SGD()
    check_callbacks(callbacks, optimizer, names, monitor, lambda path: None, Path("unused"))


def test_files_go_below_the_run_folder(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "log.csv"
    names = [
        {"CSVLogger": {"filename": "logs/epochs.csv"}},
        {"CSVLogger": {"filename": str(elsewhere)}},
        {"ModelCheckpoint": {"filepath": "states/{epoch}.keras"}},
        "TensorBoard",
    ]
    built = build_callbacks(node(names), tmp_path / "run", 32)
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
    ("callback", "names", "message"),
    [
        (
            {"EarlyStopping": {"monitor": "val_acc"}},
            NAMES,
            r"spec.yaml:32:1: train.callbacks.0.EarlyStopping.monitor: .* watches val_acc, .* did you mean val_accuracy",
        ),
        ("EarlyStopping", ["loss"], r"watches val_loss, which is no figure of this training \(there is no validation"),
        ({"ModelCheckpoint": {"filepath": "a.keras", "monitor": "x", "save_best_only": True}}, NAMES, "watches x"),
        (
            {"EarlyStopping": {"monitor": "val_accuracy", "restore_best_weights": True}},
            NAMES,
            "keeps that of val_loss: leave restore_best_weights out and write choose: {monitor: val_accuracy}",
        ),
        (
            "SwapEMAWeights",
            NAMES,
            "swaps in the averages of the optimizer, which takes none: give the optimizer use_ema",
        ),
        ({"CSVLogger": {"filename": "history.csv"}}, NAMES, "the run keeps its own history.csv in its folder"),
        ({"ModelCheckpoint": {"filepath": "./x/../model.keras"}}, NAMES, "the run keeps its own model.keras"),
        ({"TensorBoard": {"log_dir": "tensorboard/mine"}}, NAMES, "the run keeps its own tensorboard"),
        ({"ModelCheckpoint": {"filepath": "{val_los:.2f}.keras"}}, NAMES, "watches val_los, which is no figure"),
        (
            {"ModelCheckpoint": {"filepath": "a.keras", "save_best_only": True, "save_freq": 5}},
            NAMES,
            "saves within an epoch, where there is no val_loss: write save_freq: epoch",
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
