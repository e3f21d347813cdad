import math

from kpipe.report.runs.history_table import HistoryTable


def test_a_row_that_is_being_written_is_skipped(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.25\n3,0.1")
    assert HistoryTable.read(tmp_path / "history.csv").columns == {"epoch": [1, 2], "loss": [0.5, 0.25]}


def test_cells_that_are_empty_or_not_finite(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,loss,'=x,seconds\n1,nan,,1\n2,inf,0.5,2\n3,x,0.25,nan\n")
    table = HistoryTable.read(tmp_path / "history.csv")
    assert all(map(math.isnan, table.columns["loss"]))
    assert table.columns["=x"] == [None, 0.5, 0.25]
    assert (table.value("loss"), table.value("=x"), table.value("=x", 1), table.seconds) == (None, 0.25, None, 3)
    assert table.metrics == ["loss", "=x"]


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\n")
    for name in ("absent", "empty", "binary"):
        assert HistoryTable.read(tmp_path / name).columns == {}
    assert HistoryTable().seconds is None


def test_the_stage_is_no_metric(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,stage,learning_rate,loss,seconds\n1,1,0.1,0.5,1\n2,2,0.01,0.25,1\n")
    table = HistoryTable.read(tmp_path / "history.csv")
    assert table.metrics == ["learning_rate", "loss"]
    assert table.value("stage", 2) == 2
