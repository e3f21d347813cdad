import os

import numpy as np
import pytest

from kpipe.data.images.fast_image import FileStamp
from kpipe.data.images.image_file import ImageInfo, ImageProblemError
from kpipe.data.sources import check_cache
from kpipe.data.sources.check_cache import CheckCache
from kpipe.data.sources.image_checks import ImageChecks

NAMES = ["a/1.png", os.fsdecode(b"\xff 2.png"), "b.png"]
STAMPS = np.array([[10, 5], [11, 6], [0, 7]], np.int64)


def checks():
    first, second = (ImageInfo(2 + index, 3, 1, stamp=FileStamp(*STAMPS[index].tolist())) for index in range(2))
    found = ImageChecks.of([first, second, ImageProblemError("empty\0 ü")])
    found.numbers[2, :2] = STAMPS[2]
    return found


@pytest.fixture
def file(tmp_path):
    cache = CheckCache(tmp_path / "caches" / "a.npz")
    cache.update(NAMES, checks())
    cache.save()
    return cache.file


def test_results_of_unchanged_files_are_found(file):
    found, known = CheckCache(file).find(NAMES, STAMPS)
    assert known.all()
    assert list(found)[:2] == list(checks())[:2] and str(found[2]) == "empty\0 ü"
    found, known = CheckCache(file).find([NAMES[2], "new.png", NAMES[0]], np.array([[0, 7], [10, 5], [10, 5]]))
    assert known.tolist() == [True, False, True]
    assert (str(found[0]), found[2]) == ("empty\0 ü", checks()[0])


@pytest.mark.parametrize("stamp", [(10, 6), (9, 5), (-1, -1)])
def test_modified_and_missing_files_are_unknown(file, stamp):
    _, known = CheckCache(file).find(NAMES, np.array([stamp, *STAMPS[1:].tolist()]))
    assert known.tolist() == [False, True, True]


def test_results_are_replaced_and_added(file):
    cache = CheckCache(file)
    cache.update(["b.png", "c.png"], ImageChecks.of([ImageInfo(7, 7, 1, stamp=FileStamp(1, 1)), checks()[0]]))
    cache.save()
    again = CheckCache(file)
    assert again.names == [*NAMES, "c.png"]
    found, known = again.find(again.names, np.array([*STAMPS[:2].tolist(), [1, 1], [10, 5]]))
    assert known.all() and not found.problems
    assert [result.height for result in found] == [2, 3, 7, 2]


def test_other_decoders_and_damaged_files(file, monkeypatch):
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert CheckCache(file).names == []
    file.write_bytes(content)
    assert CheckCache(file).names == NAMES
    for arrays in ({"numbers": np.zeros(3)}, {"names": np.zeros((0, 8))}, {"reasons": np.zeros(2, np.uint8)}):
        with np.load(file) as stored:
            np.savez(file.with_name("b.npz"), **{**stored, **arrays})
        assert CheckCache(file.with_name("b.npz")).names == []
    np.save(file.with_name("c.npy"), np.zeros(3))
    assert CheckCache(file.with_name("c.npy")).names == []
    monkeypatch.setattr(check_cache, "_FORMAT", 6)
    assert CheckCache(file).names == []
