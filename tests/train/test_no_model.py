import pytest

from kpipe.train.choose import Chooser
from kpipe.train.no_model import no_model


@pytest.mark.parametrize(
    ("refused", "status", "reason"),
    [
        ({"weights not finite": 1}, "exploded", "the training exploded: w was not finite in the measured state, so"),
        ({"weights not finite": 2, "not measured": 1}, "exploded", "was not finite in 2 of 3 measured states"),
        ({"monitor not finite": 3, "not measured": 1}, "failed", "val_loss was never a finite number"),
        ({"not measured": 1}, "failed", "val_loss was never measured in 1 epoch, and train.validate.every_epochs is 4"),
        ({}, "failed", "val_loss was never measured"),
    ],
)
def test_the_reason(refused, status, reason):
    chooser = Chooser("val_loss")
    chooser.refused, chooser.not_finite = refused, "w"
    found, text = no_model(chooser, 1, 4)
    assert found == status
    assert reason in text
