"""A former run as what a training starts from."""

from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.start_from import Run


def test_the_file_is_the_model_of_the_run(tmp_path):
    (tmp_path / "model.keras").touch()
    assert Run(tmp_path).file() == tmp_path / "model.keras"


def test_a_missing_folder_is_reported(tmp_path):
    (tmp_path / "runs").mkdir()
    with raises(ArgumentError):
        Run(tmp_path / "rums").file()


def test_a_file_is_not_the_folder_of_a_run(tmp_path):
    (tmp_path / "model.keras").touch()
    with raises(ArgumentError):
        Run(tmp_path / "model.keras").file()


def test_a_folder_without_a_model_is_reported(tmp_path):
    with raises(ArgumentError):
        Run(tmp_path).file()
