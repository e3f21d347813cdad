"""A file as what a training starts from."""

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.start_from import File


@pytest.mark.parametrize("name", ["a.h5", "a.weights.json", "model.pth"])
def test_other_files_are_refused(name):
    with raises(ArgumentError):
        File(name)


def test_a_missing_file_is_reported_with_those_of_its_folder(tmp_path):
    (tmp_path / "former.keras").touch()
    (tmp_path / "notes.txt").touch()
    with raises(ArgumentError):
        File(tmp_path / "fromer.keras").file()


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "a.keras").mkdir()
    with raises(ArgumentError):
        File(tmp_path / "a.keras").file()
