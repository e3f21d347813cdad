from run_folders import write_run, write_staged_run

from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.stage_ends import stage_ends


def test_the_last_epochs_and_steps_of_stages(tmp_path):
    folder = write_staged_run(tmp_path / "run", stages=((2, 8), (1, 16), (3, 24)))
    assert stage_ends(RunRecord.read(folder)) == {"epoch": [2, 3], "step": [8, 24]}


def test_a_run_that_has_not_ended_knows_the_epochs(tmp_path):
    folder = write_staged_run(tmp_path / "run", status=None)
    assert stage_ends(RunRecord.read(folder)) == {"epoch": [2], "step": []}


def test_runs_without_stages_have_no_ends(tmp_path):
    assert stage_ends(RunRecord.read(write_run(tmp_path / "run"))) == {"epoch": [], "step": []}
    single = write_staged_run(tmp_path / "single", stages=((2, 8),))
    assert stage_ends(RunRecord.read(single)) == {"epoch": [], "step": []}
