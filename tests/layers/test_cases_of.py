from __future__ import annotations

from pathlib import Path

import pytest
from golden import raises

from .cases_of import cases_of
from .test_maxout import CASES


def test_the_cases_of_a_layer() -> None:
    assert cases_of("maxout") == CASES


@pytest.mark.parametrize("content", [None, "", "CASES = []\n"])
def test_a_layer_without_cases_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    package = f"cases_of_{'nothing' if content is None else len(content)}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    if content is not None:
        (tmp_path / package / "test_toy_scale.py").write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with raises(LookupError):
        cases_of("toy_scale", package)


def test_a_test_file_that_cannot_be_imported_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases_of_broken").mkdir()
    (tmp_path / "cases_of_broken" / "__init__.py").write_text("")
    (tmp_path / "cases_of_broken" / "test_toy_scale.py").write_text("import missing_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="missing_library"):
        cases_of("toy_scale", "cases_of_broken")
