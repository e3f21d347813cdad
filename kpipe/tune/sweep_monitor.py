"""The objective of a sweep, from the files in its folder."""

from __future__ import annotations

import re
from pathlib import Path

from kpipe.tune.sweep_files import SweepFile

_TITLE = re.compile(r"# Trial (\d+) of the sweep .*: (\S+) \S+?(, the mean of \d+ runs)?\n")


def sweep_monitor(folder: Path) -> str | None:
    r"""Return the metric that the trials of a sweep are compared by; None if no trial has a score.

    Args:
        folder: the folder of the sweep.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "best.yaml").write_text("# Trial 6 of the sweep iris: val_loss 0.14\n")
        >>> sweep_monitor(folder), best_trial(folder)
        ('val_loss', 6)
    """
    found = _title(folder)
    return None if found is None else found[2]


def best_trial(folder: Path) -> int | None:
    """Return the number of the best trial of a sweep; None if no trial has a score.

    Args:
        folder: the folder of the sweep.
    """
    found = _title(folder)
    return None if found is None else int(found[1])


def _title(folder: Path) -> re.Match[str] | None:
    try:
        return _TITLE.match((folder / SweepFile.BEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
