"""The diagnoses of several runs as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kpipe.judge.diagnose_folder import diagnose_folder
from kpipe.judge.judge_run import described


def diagnosis_text(runs: Sequence[Path], form: Literal["text", "json"]) -> str:
    """Return the diagnoses of runs.

    Args:
        runs: the folders of runs that have ended.
        form: `text`, or `json` for a list of verdicts, keyed by folder.

    Raises:
        DataError: one of them is not the folder of a run that has ended, or a file is damaged.
    """
    found = {str(path): diagnose_folder(path) for path in runs}
    if form == "json":
        plain = {path: [verdict.to_dict() for verdict in verdicts] for path, verdicts in found.items()}
        return json.dumps(plain, indent=2, ensure_ascii=False)
    if len(found) == 1:
        return "\n".join(described(*found.values()))
    return "\n\n".join("\n".join([f"{path}:", *described(verdicts)]) for path, verdicts in found.items())
