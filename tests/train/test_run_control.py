"""That a training which pauses or is pruned can be resumed exactly is tested in tests/trials."""

import json

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.training import train

from .stand_in import blobs, classifier, setup_of, spec_of


def trained(tmp_path, control, **fields):
    setup = setup_of(spec_of("blobs", 7, epochs=3, **fields), classifier(), blobs(test=30))
    return train(setup, RunFolder.create(tmp_path / "run", "blobs"), control=control)


def test_the_function_receives_each_epoch_and_the_last_one_ends_as_usual(tmp_path):
    found = []
    run = trained(tmp_path, RunControl(pause_after=3, epoch_ended=lambda *event: found.append(event) or len(found) < 3))
    assert run.result["status"] == "completed"
    assert [epoch for epoch, _ in found] == [1, 2, 3]
    assert [metrics["val_loss"] for _, metrics in found] == run.history["val_loss"]


@pytest.mark.parametrize(
    ("status", "control"),
    [("paused", RunControl(pause_after=2)), ("pruned", RunControl(epoch_ended=lambda epoch, metrics: epoch < 2))],
)
def test_a_run_that_ends_after_an_epoch_is_not_evaluated(tmp_path, status, control):
    """Nothing has been validated yet, so no model is kept, which is not an error."""
    run = trained(tmp_path, control, validate={"every_epochs": 3})
    assert (run.result["status"], run.result["epochs"], run.result["best_epoch"]) == (status, 2, None)
    assert (run.result["validation"], run.result["test"]) == ({}, {})
    assert json.loads((tmp_path / "run" / "result.json").read_text()) == run.result
    assert not (tmp_path / "run" / "model.keras").exists()
    assert len(list((tmp_path / "run" / "checkpoint").iterdir())) == 1


def test_a_number_of_epochs_below_one_is_refused():
    with raises(ArgumentError):
        RunControl(pause_after=0)
