import dataclasses
import os

import numpy as np
import pytest
from golden import expect_message, expect_messages

import kpipe.data.sources.image_check as image_check
from kpipe.data.images.image_file import ImageInfo, ImageProblemError
from kpipe.data.sources.image_check import check_images

NAMES = ["a/1.png", "a/2 %ü.png", "b.png"]


@pytest.fixture
def folder(tmp_path, image_bytes):
    root = tmp_path / "photos"
    (root / "a").mkdir(parents=True)
    (root / NAMES[0]).write_bytes(image_bytes(np.zeros((2, 3))))
    (root / NAMES[1]).write_bytes(image_bytes(np.zeros((4, 5, 3))))
    (root / NAMES[2]).write_bytes(b"")
    return root


@pytest.fixture
def checked(monkeypatch):
    """The files that are really decoded, in any order."""
    seen = []
    original = image_check.check
    monkeypatch.setattr(image_check, "check", lambda path, limit: seen.append(path.name) or original(path, limit))
    return seen


def memory(context):
    return next((context.cache_folder / "images").iterdir())


def test_finds_sizes_and_reasons(folder, context):
    first, second, third = check_images(folder, NAMES, context)
    assert (first, second) == (ImageInfo(2, 3, 1), ImageInfo(4, 5, 3))
    assert isinstance(third, ImageProblemError)
    expect_message(str(third))


def test_each_file_is_decoded_once(folder, context, checked):
    first = check_images(folder, NAMES, context)
    assert len(checked) == 3
    again = check_images(folder, NAMES, context)
    assert len(checked) == 3
    assert [str(result) for result in again] == [str(result) for result in first]


def test_a_changed_file_is_decoded_again(folder, context, checked, image_bytes):
    check_images(folder, NAMES, context)
    (folder / "b.png").write_bytes(image_bytes(np.zeros((7, 7))))
    assert check_images(folder, NAMES, context)[2] == ImageInfo(7, 7, 1)
    os.utime(folder / "a/1.png", ns=(5, 5))
    check_images(folder, NAMES, context)
    assert checked[3:] == ["b.png", "1.png"]


def test_what_may_pass_is_not_remembered(folder, context, image_bytes):
    missing = check_images(folder, ["later.png"], context)[0]
    expect_message(str(missing))
    (folder / "later.png").write_bytes(image_bytes(np.zeros((2, 2))))
    assert list(check_images(folder, ["later.png"], context)) == [ImageInfo(2, 2, 1)]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b"PK\x03\x04"])
def test_a_damaged_cache_is_rebuilt(folder, context, checked, content):
    check_images(folder, NAMES, context)
    memory(context).write_bytes(content)
    assert check_images(folder, NAMES, context)[0] == ImageInfo(2, 3, 1)
    assert len(checked) == 6
    check_images(folder, NAMES, context)
    assert len(checked) == 6


def test_a_memory_that_cannot_be_written_is_reported(folder, listener):
    listener.folder.write_text("a file where a folder should be")
    assert check_images(folder, NAMES, listener.context())[0] == ImageInfo(2, 3, 1)
    expect_message(listener.text)


def test_an_interrupted_check_continues_where_it_was(tmp_path, context, monkeypatch, image_bytes, checked):
    names = [f"{index:03}.png" for index in range(200)]
    for name in names:
        (tmp_path / name).write_bytes(image_bytes(np.zeros((2, 2))))
    counting = image_check.check

    def interrupted(path, max_pixels):
        if path.name == "150.png":
            raise KeyboardInterrupt
        return counting(path, max_pixels)

    with monkeypatch.context() as patch:
        patch.setattr(image_check, "check", interrupted)
        with pytest.raises(KeyboardInterrupt):
            check_images(tmp_path, names, context)
    checked.clear()
    assert list(check_images(tmp_path, names, context)) == [ImageInfo(2, 2, 1)] * 200
    assert len(checked) == 200 - 128  # two whole runs of 64 were kept


def test_progress_is_reported(tmp_path, listener, monkeypatch, image_bytes):
    monkeypatch.setattr(image_check, "_REPORT_EVERY", 2)
    names = [f"{index}.png" for index in range(6)]
    for name in names:
        (tmp_path / name).write_bytes(image_bytes(np.zeros((2, 2))))
    check_images(tmp_path, names, listener.context())
    expect_messages(listener.said, 2)


def test_folders_do_not_share_their_memory(folder, context, tmp_path, image_bytes):
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.png").write_bytes(image_bytes(np.zeros((9, 9))))
    check_images(folder, NAMES, context)
    assert list(check_images(other, ["b.png"], context)) == [ImageInfo(9, 9, 1)]
    assert len(list((context.cache_folder / "images").iterdir())) == 2


@pytest.mark.parametrize("worth_threads", [0, 10**9])
def test_many_files_keep_their_order(tmp_path, context, image_bytes, monkeypatch, worth_threads):
    monkeypatch.setattr(image_check, "_MIN_THREADED_BYTES", worth_threads)
    for index in range(600):
        (tmp_path / f"{index}.png").write_bytes(image_bytes(np.zeros((1, 1 + index))))
    results = check_images(tmp_path, [f"{index}.png" for index in range(600)], context)
    assert [result.width for result in results] == list(range(1, 601))


def test_the_depth_is_remembered(tmp_path, context, deep_png, checked):
    (tmp_path / "deep.png").write_bytes(deep_png(np.zeros((2, 3, 1), np.uint16)))
    for _ in range(2):
        assert list(check_images(tmp_path, ["deep.png"], context)) == [ImageInfo(2, 3, 1, depth=16)]
    assert checked == ["deep.png"]


def test_another_limit_on_pixels_is_asked_again(folder, context):
    small = dataclasses.replace(context, max_pixels=19)
    for _ in range(2):
        second = check_images(folder, NAMES, small)[1]
        expect_message(str(second))
        assert check_images(folder, NAMES, context)[1] == ImageInfo(4, 5, 3)
