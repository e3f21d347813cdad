from __future__ import annotations

import os

import pytest

from kpipe.data.cores import cores


def test_counts_what_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    if hasattr(os, "sched_getaffinity"):
        assert cores() == len(os.sched_getaffinity(0))
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == os.cpu_count()


@pytest.mark.parametrize(("limit", "expected"), [("3", 3), ("9", 8), ("0", 8), ("", 8), ("many", 8)])
def test_a_variable_limits_them(monkeypatch: pytest.MonkeyPatch, limit: str, expected: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(8), raising=False)
    monkeypatch.setenv("KPIPE_CORES", limit)
    assert cores() == expected
