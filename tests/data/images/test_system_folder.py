import pytest

from kpipe.data.images.system_folder import is_system_folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [("@eaDir", True), ("__MACOSX", True), ("$Recycle.Bin", True), ("lost+found", True), ("cat", False), ("@", False)],
)
def test_names(name, expected):
    assert is_system_folder(name) == expected
