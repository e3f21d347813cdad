import io
import json

import pytest

from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.plan import check_plan
from kpipe.train.planned_run import PlannedRun
from kpipe.train.run_folder.run_folder import RunFolder, as_json
from kpipe.train.training import train

from .stand_in import blobs, classifier, setup_of, spec_of

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_the_run_folder_describes_the_data_as_they_were_planned(tmp_path):
    def setup():
        return setup_of(spec_of("blobs", 7, epochs=1), classifier(), blobs(samples=60, validation=20))

    same = setup()
    planned = PlannedRun.of(same, check_plan(same))
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    train(setup(), RunFolder.create(tmp_path / "run", "blobs"), reporter=reporter)
    written = json.loads((tmp_path / "run" / RunFile.DATA).read_text())
    assert written == json.loads(as_json({**planned.description, "fingerprint": planned.fingerprint.describe()}))
    assert written["parts"] == {"train": 40, "validation": 20}
    assert planned.fingerprint.differences(written["fingerprint"], print) == []
