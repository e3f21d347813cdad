"""The time that a sweep still takes, by hand: each epoch of these trials takes a second per run."""

import pytest

from kpipe.tune.results.time_left import time_left
from tune.sweeps import Case


def sweep_after(tmp_path, ended, tune, **options):
    """A sweep of which only the first trials have ended, each epoch of which has taken one second."""
    sweep = Case(tmp_path, tune, **options).start()
    for trial in sweep.trials:
        trial.seconds = float(trial.epochs)
    del sweep.trials[ended:]
    return sweep


@pytest.mark.parametrize(("workers", "left"), [(1, 18.0), (3, 6.0), (100, 3.0)])
def test_the_trials_that_are_left_take_as_long_as_those_that_ended(tmp_path, workers, left):
    sweep = sweep_after(tmp_path, 2, "  oracle: {RandomSearch: {trials: 8}}", formula=lambda *_: 0.5)
    assert time_left(sweep, workers) == left


def test_trials_that_run_are_left(tmp_path):
    sweep = sweep_after(tmp_path, 4, "  oracle: {RandomSearch: {trials: 4}}", formula=lambda *_: 0.5)
    sweep.trials[-1].status = "running"
    assert time_left(sweep, 1) == 3.0


def test_trials_that_ended_early_shorten_the_estimate(tmp_path):
    sweep = sweep_after(tmp_path, 2, "  oracle: {RandomSearch: {trials: 4}}", formula=lambda *_: 0.5)
    sweep.trials[0].seconds = 1.0
    assert time_left(sweep, 1) == 4.0


@pytest.mark.parametrize(("ended", "left"), [(0, None), (2, 4 * 1 + 5 * 3), (6, 5 * 3), (8, 3 * 3), (11, None)])
def test_each_stage_has_its_own_epochs(tmp_path, ended, left):
    tune = "  stages: [{trials: 6, epochs: 1}, {trials: 5}]"
    sweep = sweep_after(tmp_path, ended, tune, formula=lambda *_: 0.5)
    assert time_left(sweep, 1) == left


def test_trials_that_pause_are_counted_by_their_epochs(tmp_path):
    sweep = sweep_after(tmp_path, 99, "  oracle: Hyperband", epochs=9, formula=lambda *_: 0.5)
    trained = sum(trial.epochs for trial in sweep.trials)
    assert time_left(sweep, 1) is None
    sweep.trials[:] = sweep.trials[:3]
    some = sum(trial.epochs for trial in sweep.trials)
    assert time_left(sweep, 1) == trained - some


def test_an_unknown_number_of_trials(tmp_path, monkeypatch):
    sweep = sweep_after(tmp_path, 2, "  oracle: {RandomSearch: {trials: 4}}")
    monkeypatch.setattr(sweep.plan.stages[0].oracle, "num_trials", lambda conditions: None)
    assert time_left(sweep, 1) is None
