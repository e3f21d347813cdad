import random

import numpy as np
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.train.planned_stages import PlannedStages, check_stages
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

STAGES = [
    {"epochs": 1, "only": ["dense"], "callbacks": [{"CSVLogger": {"filename": "logs/log.csv"}}]},
    {"epochs": 1, "data": {"batch_size": 16}},
    {"epochs": 1, "freeze": ["dense"]},
]


@pytest.fixture
def setup():
    spec = checked("kpipe:digits", {"train.stages": STAGES})
    with spec_session(spec):
        yield set_up(spec, lambda line: None)


def trained(setup):
    return {layer.name for layer in setup.built.model.layers if layer.trainable_variables}


def test_the_stages_follow_one_another(setup, tmp_path):
    planned = PlannedStages(setup, RunFolder(tmp_path))
    first, plan = planned.begin(0)
    assert trained(first) == {"dense"}
    assert len(plan.callbacks) == 1
    assert (tmp_path / "stages" / "1" / "logs").is_dir()
    second, plan = planned.continue_with(1)
    assert len(trained(second)) == 7
    assert second.prepared.batch_size == 16
    assert not plan.callbacks
    third, _ = planned.continue_with(2)
    assert trained(third) == trained(second) - {"dense"}
    assert third.prepared.batch_size == 32
    again, plan = planned.repeat(0)
    assert trained(again) == {"dense"}
    assert len(plan.callbacks) == 1


def test_a_training_without_stages_has_its_files_in_the_run_folder(tmp_path):
    spec = checked("kpipe:digits", {"train.callbacks": STAGES[0]["callbacks"]})
    with spec_session(spec):
        setup = set_up(spec, lambda line: None)
        found, _ = PlannedStages(setup, RunFolder(tmp_path)).begin(0)
        assert found is setup
        assert check_stages(setup, 1) == []
    assert (tmp_path / "logs").is_dir()
    assert not (tmp_path / "stages").exists()


def test_checking_stages_changes_neither_random_numbers_nor_the_stage(setup):
    def state():
        return random.getstate(), np.random.get_state()[1].tolist(), trained(setup)

    before = state()
    assert len(check_stages(setup)) == 3
    assert state() == before


def test_a_stage_that_does_not_fit_is_reported_at_its_place():
    stages = [*STAGES[:2], {"epochs": 1, "callbacks": [{"EarlyStopping": {"monitor": "val_f1"}}]}]
    spec = checked("kpipe:digits", {"train.stages": stages})
    with spec_session(spec):
        setup = set_up(spec, lambda line: None)
        with pytest.raises(SpecError, match=r"train\.stages\.2\.callbacks\.0.*val_f1"):
            check_stages(setup)
