from pathlib import Path

import pytest
from golden import expect_message

from kpipe.messages.training_position import TrainingPosition
from kpipe.train.best_weights import BestWeights
from kpipe.train.failure_reason import explosion, no_model


@pytest.mark.parametrize(
    ("refused", "status", "reason"),
    [
        ({"weights not finite": 1}, "exploded", "the training exploded: w was not finite in the evaluated state, so"),
        ({"weights not finite": 2, "not measured": 1}, "exploded", "was not finite in 2 of 3 evaluated states"),
        ({"monitor not finite": 3, "not measured": 1}, "failed", "val_loss was never finite"),
        ({"not measured": 1}, "failed", "val_loss was not measured in 1 epoch, since train.validate.every_epochs is 4"),
        ({}, "failed", "val_loss was not measured"),
    ],
)
def test_the_reason(refused, status, reason):
    best_weights = BestWeights("val_loss")
    best_weights.refused, best_weights.not_finite = refused, "w"
    found, text = no_model(best_weights, 1, 4)
    assert found == status
    assert reason in text


@pytest.mark.parametrize("good_step", [0, 7])
def test_the_model_that_an_explosion_leaves(good_step):
    best_weights = BestWeights("val_loss")
    best_weights.moment = TrainingPosition(epoch=1, step=good_step)
    event = {"step": 9, "good_step": good_step, "loss": 1e6}
    expect_message(explosion(1, [event], best_weights, Path("runs/1")))
