"""The differences between two specs by meaning, for `kpipe diff`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kpipe.checks.checked_spec import checked
from kpipe.messages.counted import counted
from kpipe.report.spec_changes import spec_changes
from kpipe.run_files import RunFile


def spec_diff(
    before: str, now: str, overrides: Sequence[str] = (), form: Literal["text", "json"] = "text"
) -> tuple[str, bool]:
    """Compare two specs by meaning: with defaults, values of expressions, and blocks and loops written out.

    The order of keys, names of variables, comments and values that are written although they are defaults do not
    matter. Neither data nor custom code is loaded; code is compared as text.

    Args:
        before: the first spec: a file, `kpipe:NAME`, or the folder of a run.
        now: the second spec.
        overrides: strings `PATH=VALUE`, which are applied to the second spec.
        form: `text`, or `json` for a list of mappings with `path`, `before`, `now` and `times`.

    Returns:
        The text to print, and whether the specs are the same.

    Raises:
        SpecError: one of the specs is not valid.

    Example:
        >>> print(spec_diff("kpipe:iris", "kpipe:iris", ["train.epochs=5"])[0])
        train.epochs: 60 -> 5
        1 difference
    """
    changes = spec_changes(checked(_file(before), run=False), checked(_file(now), overrides, run=False))
    if form == "json":
        return json.dumps([{**vars(change), "times": n} for change, n in changes.items()], indent=2), not changes
    lines = [f"{change} ({n} times)" if n > 1 else str(change) for change, n in changes.items()]
    return "\n".join([*lines, counted(len(changes), "difference") if changes else "no differences"]), not changes


def _file(spec: str) -> str:
    """Return the spec of a run for its folder, and any other source as it is."""
    return str(Path(spec) / RunFile.SPEC) if Path(spec).is_dir() else spec
