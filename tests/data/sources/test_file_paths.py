import os
from pathlib import Path

import pytest

from kpipe.data.sources.file_paths import FilePaths

FOLDERS = [(Path("photos/train"), ["a/1.png", "b/2.png"]), (Path("other"), []), (Path("/data/./test"), ["a/é 3.png"])]
EXPECTED = [folder / name for folder, names in FOLDERS for name in names]


def test_paths():
    paths = FilePaths(FOLDERS)
    assert list(paths) == [paths[index] for index in range(3)] == paths[:] == EXPECTED
    assert paths[-1] == EXPECTED[-1] and paths[1:] == EXPECTED[1:]
    assert [paths.text(index) for index in range(3)] == [str(path) for path in EXPECTED]
    assert list(paths.absolute()) == list(map(os.path.abspath, EXPECTED))


def test_no_paths():
    assert len(FilePaths([])) == 0
    for index in (0, 3, -1):
        with pytest.raises(IndexError):
            FilePaths(FOLDERS[1:2])[index]
