import keras
import pytest

from kpipe.train.callbacks.monitored_metrics import monitored_metrics


@pytest.mark.parametrize(
    ("callback", "figures"),
    [
        (keras.callbacks.ReduceLROnPlateau("loss"), {"loss"}),
        (keras.callbacks.ModelCheckpoint("a.keras", monitor="val_loss"), set()),
        (keras.callbacks.ModelCheckpoint("a.keras", monitor="val_loss", save_best_only=True), {"val_loss"}),
        (keras.callbacks.ModelCheckpoint("{epoch:03d}-{loss}.keras"), {"loss"}),
        (keras.callbacks.TerminateOnNaN(), set()),
    ],
)
def test_metrics(callback, figures):
    assert monitored_metrics(callback) == figures
