"""The evidence of a stage is that of a run of its own."""

from dataclasses import replace

import numpy as np
import pytest

from kpipe.judge.diagnosis.stage_evidence import stage_evidence
from kpipe.train.stages.stage_start import StageStart
from tests.judge.diagnosis.staged_evidence import staged_evidence

FIRST = {"loss": (2.0, 1.0), "val_loss": (2.1, 1.1), "rate": (0.1, 0.1), "ratio": (0.02, 0.01)}
SECOND = {"loss": (0.8, 0.5, 0.4), "val_loss": (0.9, 0.6, 0.5), "rate": (0.01, 0.01, 0.01), "ratio": 1e-3}


@pytest.fixture(name="run")
def _run():
    return staged_evidence(FIRST, SECOND)


def test_the_curves_are_those_of_the_stage(run):
    first, second = stage_evidence(run, 0), stage_evidence(run, 1)
    assert [first.validation.tolist(), second.validation.tolist()] == [[2.1, 1.1], [0.9, 0.6, 0.5]]
    assert [first.update_ratio.tolist(), second.update_ratio.tolist()] == [[0.02, 0.01], [1e-3] * 3]
    assert [first.highest_rate, second.highest_rate] == [0.1, 0.01]
    assert [first.start, second.start] == [StageStart(0, 0, 0), StageStart(1, 2, 8)]
    assert [first.steps["step"].tolist(), second.steps["step"].tolist()] == [[*range(1, 9)], [*range(9, 21)]]


def test_a_stage_begins_with_the_loss_of_the_former_one(run):
    assert [stage_evidence(run, index).loss_before for index in (0, 1)] == [None, 1.1]


@pytest.mark.parametrize(("loss", "falls"), [(0.8, True), (1.05, True), (1.09, False), (1.2, False)])
def test_a_single_epoch_is_compared_with_the_former_stage(loss, falls):
    second = {"loss": (0.9,), "val_loss": (loss,), "rate": (0.01,), "ratio": 1e-3}
    assert stage_evidence(staged_evidence(FIRST, second), 1).is_falling == falls


def test_the_kept_epoch_belongs_to_one_stage(run):
    kept = {"loss": 0.3}
    assert [stage_evidence(replace(run, best_epoch=4, kept=kept), index).best_epoch for index in (0, 1)] == [None, 2]
    assert [stage_evidence(replace(run, best_epoch=1, kept=kept), index).kept for index in (0, 1)] == [kept, {}]


def test_later_stages_mend_what_a_stage_has_done(run):
    assert [stage_evidence(run, index).training_fit for index in (0, 1)] == [0.8, 0.8]
    worse = staged_evidence(SECOND, FIRST)
    assert [stage_evidence(worse, index).training_fit for index in (0, 1)] == [0.8, 0.5]


def test_steps_of_two_stages_in_one_row_belong_to_none(run):
    losses = np.array([2.0, 1.5, 1.0, 0.6, 0.5, 0.4])
    steps = {"step": np.array([2.0, 4, 6, 10, 14, 18]), "loss": losses, "lowest": losses, "highest": losses}
    grouped = replace(run, steps=steps)
    assert [stage_evidence(grouped, index).steps["step"].tolist() for index in (0, 1)] == [[2, 4, 6], [14, 18]]


def test_the_steps_of_an_epoch_that_has_not_ended_belong_to_the_last_stage(run):
    steps = {name: np.append(values, 99.0) for name, values in run.steps.items()}
    assert stage_evidence(replace(run, steps=steps), 1).steps["step"][-1] == 99


def test_each_explosion_belongs_to_its_stage(run):
    events = [{"epoch": 2, "step": 7}, {"epoch": 3, "step": 9}, {"epoch": 6, "step": 21}]
    found = [stage_evidence(replace(run, explosions=events), index).explosions for index in (0, 1)]
    assert found == [events[:1], events[1:]]


def test_penalties_are_interpolated_within_a_stage(run):
    measured = {"epoch": np.array([1.0, 3.0, 5.0]), "penalty": np.array([8.0, 2.0, 0.5])}
    run = replace(run, measurements=measured)
    assert stage_evidence(run, 0).penalty == pytest.approx([8.0, 8.0])
    assert stage_evidence(run, 1).penalty == pytest.approx([2.0, 1.0, 0.5])
    assert run.penalty == pytest.approx([8.0, 8.0, 2.0, 1.0, 0.5])
