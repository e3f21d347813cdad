"""The line of custom code from which an exception comes."""

from __future__ import annotations

from pathlib import Path


def raised_in(error: BaseException, module: str) -> str | None:
    """Return the file and the line of a module that an exception has passed last; None if it has passed none.

    Args:
        error: a caught exception.
        module: the name of the module, such as `type(component).__module__`.

    Example:
        >>> raised_in(ValueError(), "own") is None
        True
    """
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            found = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
