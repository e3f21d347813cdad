from pathlib import Path

import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.report.new_file import check_new_file


def test_a_new_file_in_a_folder_is_accepted(tmp_path, monkeypatch):
    check_new_file("images", tmp_path / "sheet.png", ".png")
    check_new_file("images", tmp_path / "sheet.PNG", ".png")
    check_new_file("output", tmp_path / "anything")
    monkeypatch.chdir(tmp_path)
    check_new_file("output", Path("here.csv"))


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet", "no/sheet.png", "old.png", "folder.png"])
def test_others_are_refused(tmp_path, name):
    (tmp_path / "old.png").touch()
    (tmp_path / "folder.png").mkdir()
    with raises(DataError):
        check_new_file("images", tmp_path / name, ".png")
