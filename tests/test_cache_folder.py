from pathlib import Path

import pytest

from kpipe.cache_folder import cache_folder


def test_it_is_below_the_folder_that_the_user_names(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "kpipe"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unset", [True, False])
def test_it_is_in_the_home_folder_where_none_is_named(monkeypatch, tmp_path, unset):
    monkeypatch.setenv("HOME", str(tmp_path))
    if unset:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path(tmp_path, ".cache", "kpipe")
