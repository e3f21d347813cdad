from run_folders import write_run

from kpipe.report.runs.read_summary import read_summary
from kpipe.report.runs.run_entry import RunEntry
from kpipe.report.runs.run_summary import COLUMNS


def test_the_values_of_columns(tmp_path):
    found = read_summary(RunEntry.of(write_run(tmp_path / "a", losses=(0.25, 0.5))))
    assert found.value("folder") == str(tmp_path / "a")
    assert (found.value("val_loss"), found.value("test_loss"), found.value("epochs")) == (0.5, 0.25, 2)
    # The loss of the training is that of the epoch whose model was kept.
    assert (found.value("loss"), found.value("nothing")) == (0.25, None)
    assert (found.value("train.optimizer.learning_rate"), found.value("train.nothing")) == (0.01, None)
    assert all(hasattr(found, name) for name in COLUMNS)
