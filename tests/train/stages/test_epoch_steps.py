import pytest

from kpipe.checks.checked_spec import checked
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session
from kpipe.train.stages.epoch_steps import epoch_steps
from kpipe.train.stages.stages_of import stages_of


@pytest.mark.parametrize(("last", "steps"), [("keep", [23, 46]), ("drop", [22, 45]), ("spread", [23, 46])])
def test_each_stage_has_the_steps_of_its_batch_size(last, steps):
    stages = [{}, {"data": {"batch_size": 32}}]
    more = {"train.stages": stages, "data.batch_size": 64, "data.last_batch": last, "data.test": 0.1}
    spec = checked("kpipe:digits", more)
    with spec_session(spec):
        prepared = prepare_data(spec, lambda line: None)
        assert len(prepared.parts["train"]) == 1455
        assert [epoch_steps(stage, prepared) for stage in stages_of(spec)] == steps
