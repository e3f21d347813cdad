import pytest

from kpipe.train.best_weights import BestWeights
from kpipe.train.failure_reason import no_model


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
    best_weights = BestWeights("val_loss")
    best_weights.refused, best_weights.not_finite = refused, "w"
    found, text = no_model(best_weights, 1, 4)
    assert found == status
    assert reason in text
