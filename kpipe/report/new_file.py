"""The check of a file that a command is to write."""

from __future__ import annotations

from pathlib import Path

from kpipe.errors import DataError
from kpipe.messages.call_argument import call_argument


def check_new_file(name: str, path: Path, ending: str = "") -> None:
    """Check the path of a new file before the work whose result it receives.

    Args:
        name: the name of the argument.
        path: its value.
        ending: the ending that the file must have, such as `.png`; empty (default) for any.

    Raises:
        DataError: the file exists, its folder does not, or it has another ending.
    """
    place = call_argument(name, path)
    if not path.resolve().parent.is_dir():
        raise DataError(f"{place}: the folder {path.parent} does not exist")
    if path.is_file() or path.is_dir():
        raise DataError(f"{place}: the file exists already; expected a new file; choose another name")
    if ending and path.suffix.lower() != ending:
        got = path.suffix or "no ending"
        raise DataError(
            f"{place}: wrong ending of the file; expected {ending}, got {got}; write {path.with_suffix(ending)}"
        )
