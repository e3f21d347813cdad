from pathlib import Path

import pytest
from golden import raises

from kpipe.data.sources.file_pairs import file_pairs
from kpipe.errors import ArgumentError

FOLDERS = {"image": ("inputs", Path("photos")), "mask": ("masks", Path("masks"))}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("photos/b/2.jpg", "photos/a/1.jpg", "photos/.hidden.jpg", "photos/@eaDir/1.jpg", "photos/notes.txt"):
        touch(name)
    for name in ("masks/a/1.png", "masks/b/2.PNG"):
        touch(name)
    return tmp_path


def touch(name):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).touch()


def test_files_with_the_same_path_without_the_ending_belong_together():
    assert file_pairs(FOLDERS) == {"image": ["a/1.jpg", "b/2.jpg"], "mask": ["a/1.png", "b/2.PNG"]}


@pytest.mark.parametrize("more", ["photos/a/3.jpg", "masks/a/3.png", "masks/a/1.jpg"])
def test_files_without_a_partner_and_with_two_are_refused(more):
    touch(more)
    with raises(ArgumentError):
        file_pairs(FOLDERS)


@pytest.mark.parametrize("other", ["missing", "photos/notes.txt", "empty"])
def test_folders_without_images_are_refused(other):
    Path("empty").mkdir()
    with raises(ArgumentError):
        file_pairs({**FOLDERS, "mask": ("masks", Path(other))})
