"""Scores from the files of runs."""

import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.tune.score import curve, scored_epoch


def test_the_curve_of_a_run(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss\n1,2.5,\n2,nan,0.5\n3,1,inf\n")
    assert curve(tmp_path, "val_loss") == [None, 0.5, None]
    assert curve(tmp_path, "loss") == [2.5, None, 1.0]


def test_an_unknown_metric(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,learning_rate,loss,val_loss,seconds\n1,0.1,2.5,1,3\n")
    with raises(DataError):
        curve(tmp_path, "val_los")


@pytest.mark.parametrize(
    ("values", "best_epoch", "epoch"),
    [([0.5, 0.9, 0.8], 2, 2), ([0.5, None, 0.8], 2, 1), ([None], 1, None), ([0.5], None, None), ([], None, None)],
)
def test_the_score_is_that_of_the_kept_model(values, best_epoch, epoch):
    assert scored_epoch(values, best_epoch) == epoch


def test_the_stage_is_no_metric_that_could_be_meant(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,stage,learning_rate,loss,seconds\n1,1,0.1,2.5,3\n")
    with pytest.raises(DataError) as caught:
        curve(tmp_path, "stag")
    assert "'stage'" not in str(caught.value)
