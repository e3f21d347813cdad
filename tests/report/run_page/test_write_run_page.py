import pytest
from golden import raises
from run_folders import write_run

from kpipe.errors import TrainingError
from kpipe.report.run_page.write_run_page import write_run_page


def test_an_earlier_page_is_replaced(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "report.html").write_text("earlier")
    assert write_run_page(folder) == folder / "report.html"
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_full_disk(tmp_path, monkeypatch):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kpipe.train.run_folder.run_folder.save", full)
    with raises(TrainingError):
        write_run_page(write_run(tmp_path / "run").relative_to(tmp_path))


@pytest.mark.parametrize("status", ["failed", "interrupted", None])
def test_runs_that_have_not_completed(tmp_path, status):
    assert write_run_page(write_run(tmp_path / "run", status=status)).is_file()
