import os
import tempfile

import pytest

from kpipe.child_processes.anonymous_file import above_standard_streams, anonymous_file
from kpipe.child_processes.descriptor import Descriptor


@pytest.mark.parametrize("memory", [True, False])
def test_has_zeros_no_name_and_is_not_inherited(memory, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    file = Descriptor(anonymous_file("kpipe-test", 5000))
    assert os.pread(file.number, 6000, 0) == bytes(5000)
    assert os.pwrite(file.number, b"text", 4990) == 4
    assert not os.get_inheritable(file.number)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_at_once_and_leaks_nothing(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    before = os.dup(2)
    os.close(before)
    with pytest.raises(OSError):
        anonymous_file("kpipe-test", 2**60)
    after = os.dup(2)
    os.close(after)
    assert after == before


def test_descriptors_of_standard_streams_are_avoided():
    read, write = os.pipe()
    assert above_standard_streams(read) == read
    saved = os.dup(0)
    try:
        os.dup2(read, 0)
        moved = above_standard_streams(0)
        assert moved > 2
        os.write(write, b"text")
        assert os.read(moved, 4) == b"text"
        os.close(moved)
    finally:
        os.dup2(saved, 0)
        for each in (saved, read, write):
            os.close(each)
