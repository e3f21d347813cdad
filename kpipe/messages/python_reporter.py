"""The reporter of a call from Python."""

from __future__ import annotations

import sys
from typing import TextIO, cast

from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.reporter import Reporter


def python_reporter(progress: bool | None) -> Reporter:
    """Return a reporter for a notebook, a terminal, or neither.

    Args:
        progress: whether progress, messages and results are shown; None shows them in a notebook and on a terminal. If
            they are not shown, warnings are issued as Python warnings.

    Example:
        >>> python_reporter(False).quiet
        True
    """
    if progress is False:
        return Reporter.silent()
    if _is_notebook():
        stream = cast(TextIO, NotebookStream())
        return Reporter(messages=stream, results=stream, terminal=False)
    if progress or (sys.stderr is not None and sys.stderr.isatty()):
        return Reporter()
    return Reporter.silent()


def _is_notebook() -> bool:
    """Return whether this process runs the cells of a notebook; IPython on a terminal has no kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
