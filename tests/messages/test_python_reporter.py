import io
import sys

import pytest

from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.python_reporter import python_reporter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "progress", "shown"),
    [
        (Terminal(), None, True),
        (Terminal(), False, False),
        (io.StringIO(), None, False),
        (io.StringIO(), True, True),
        (None, None, False),
    ],
)
def test_messages_are_shown_on_a_terminal_or_on_request(monkeypatch, stream, progress, shown):
    monkeypatch.setattr(sys, "stderr", stream)
    reporter = python_reporter(progress)
    reporter.say("epoch 1")
    assert reporter.quiet != shown
    if stream is not None:
        assert stream.getvalue() == ("epoch 1\n" if shown else "")


class Shell:
    kernel = object()


@pytest.mark.parametrize("progress", [None, True, False])
def test_a_notebook_has_outputs_of_its_cell(monkeypatch, outputs, progress):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    reporter = python_reporter(progress)
    assert isinstance(reporter.messages, NotebookStream) == (progress is not False)
    reporter.say("epoch 1")
    reporter.show("accuracy 0.98")
    assert [output.text for output in outputs] == ([] if progress is False else ["epoch 1\naccuracy 0.98"])


def test_ipython_on_a_terminal_is_a_terminal(monkeypatch):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert python_reporter(None).terminal
