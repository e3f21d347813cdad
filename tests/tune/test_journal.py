"""Lines of the journal on the disk, after kills and on full disks."""

import json
import os

import pytest
from golden import raises

from kpipe.errors import DataError, TrainingError
from kpipe.tune.journal import Journal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def test_each_event_is_one_line_on_the_disk(path, monkeypatch):
    synchronized = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synchronized.append(os.fstat(descriptor).st_size))
    with Journal(path) as journal:
        journal.append({"event": "ask", "values": {"a": 1e-300}})
        assert synchronized[-1] == path.stat().st_size > 0
        journal.append({"event": "tell", "text": "line\nbreak"})
        assert synchronized[-1] == path.stat().st_size
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["ask", "tell"]


@pytest.mark.parametrize("cut", range(1, 18))
def test_a_line_that_was_cut_off_is_removed(path, cut):
    first, second = b'{"event": "ask"}\n', b'{"event": "tell"}\n'
    path.write_bytes(first + second[:-cut])
    with Journal(path) as journal:
        assert journal.events == [{"event": "ask"}]
        journal.append({"event": "stop"})
    assert path.read_bytes() == first + b'{"event": "stop"}\n'


def test_numbers_are_exact(path):
    values = {"a": 0.1 + 0.2, "b": 5e-324, "c": 2**53 + 1}
    with Journal(path) as journal:
        journal.append({"event": "ask", "values": values})
    with Journal(path) as journal:
        assert journal.events[0]["values"] == values


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"stage": 1}'])
def test_a_line_that_is_not_an_event_is_refused_with_its_number(path, line):
    path.write_text(f'{{"event": "ask"}}\n{line}\n{{"event": "ask"}}\n')
    with raises(DataError):
        Journal(path)


def test_a_full_disk_ends_the_sweep(path):
    with Journal(path) as journal:
        journal._file.close()
        journal._file = open("/dev/full", "ab")  # noqa: PTH123, SIM115
        with raises(TrainingError):
            journal.append({"event": "ask"})
