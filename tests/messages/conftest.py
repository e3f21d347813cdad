from dataclasses import dataclass

import pytest


@dataclass
class Output:
    """An output of a cell, as IPython's display returns it."""

    content: dict[str, str]

    @property
    def text(self) -> str:
        return self.content["text/plain"]

    def update(self, content: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.content = content


@pytest.fixture
def outputs(monkeypatch):
    """All outputs that are displayed, without a kernel; tests/test_notebook.py has one."""
    from IPython import display

    found = []

    def show(content, *, raw, display_id):
        assert raw
        assert display_id
        found.append(Output(content))
        return found[-1]

    monkeypatch.setattr(display, "display", show)
    return found
