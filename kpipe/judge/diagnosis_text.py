"""The diagnoses of several runs as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from kpipe.errors import KpipeError
from kpipe.judge.diagnose_folder import diagnose_folder
from kpipe.judge.judge_run import described
from kpipe.judge.verdict import Verdict
from kpipe.run_files import RunFile


def diagnosis_text(runs: Sequence[Path], form: Literal["text", "json"]) -> tuple[str, list[KpipeError]]:
    """Return the diagnoses of runs, and the errors of those that have none; the others are diagnosed.

    Args:
        runs: the folders of runs that have ended, or of cross-validations, whose folds are diagnosed.
        form: `text`, or `json` for a list of verdicts, keyed by folder.
    """
    found: dict[str, list[Verdict]] = {}
    errors = []
    for path in _folders(runs):
        try:
            found[str(path)] = diagnose_folder(path)
        except KpipeError as error:
            errors.append(error)
    return (_json(found) if form == "json" else _text(found, len(found) + len(errors) == 1)), errors


def _folders(runs: Sequence[Path]) -> Iterator[Path]:
    for path in runs:
        folds = path / RunFile.FOLDS
        numbers = sorted(int(fold.name) for fold in folds.iterdir() if fold.name.isdecimal()) if folds.is_dir() else []
        yield from [folds / str(number) for number in numbers] or [path]


def _json(found: Mapping[str, list[Verdict]]) -> str:
    plain: dict[str, Any] = {path: [verdict.to_dict() for verdict in verdicts] for path, verdicts in found.items()}
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _text(found: Mapping[str, list[Verdict]], is_single: bool) -> str:
    if is_single:
        return "\n".join(line for verdicts in found.values() for line in described(verdicts))
    return "\n\n".join("\n".join([f"{path}:", *described(verdicts)]) for path, verdicts in found.items())
