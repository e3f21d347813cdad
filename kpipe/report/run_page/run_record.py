"""What the folder of a run contains, for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpipe.errors import DataError
from kpipe.messages.formula_guard import without_apostrophe
from kpipe.report.runs.history_table import HistoryTable
from kpipe.report.runs.run_entry import RunEntry
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What the folder of a run contains; files that do not exist are empty.

    Args:
        folder: the folder.
        result: `result.json`.
        started: the starts of the run.
        data: `data.json`.
        evidence: `evidence.json`.
        check: `check.json`.
        history: the metrics of each epoch.
        validations: the validations within epochs.
        steps: the losses of steps.
        measurements: the measurements of epochs.
        layers: the rows of `layers.csv`.
        worst: the rows of `worst.csv`.
        suspects: the rows of `suspects.csv`.
        spec: the text of the spec.
    """

    folder: RunFolder
    result: Mapping[str, Any] = field(default_factory=dict)
    started: Sequence[Mapping[str, Any]] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    check: Mapping[str, Any] = field(default_factory=dict)
    history: HistoryTable = field(default_factory=HistoryTable)
    validations: HistoryTable = field(default_factory=HistoryTable)
    steps: HistoryTable = field(default_factory=HistoryTable)
    measurements: HistoryTable = field(default_factory=HistoryTable)
    layers: Sequence[Mapping[str, str]] = ()
    worst: Sequence[Mapping[str, str]] = ()
    suspects: Sequence[Mapping[str, str]] = ()
    spec: str = ""

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Return what a folder contains.

        Args:
            path: the folder of a run, also of one that has not ended, or of an earlier version.

        Raises:
            DataError: it is not the folder of a single run, or a file is damaged.
        """
        content = _content(path)
        if content != "run":
            raise DataError(
                f"{path} is the folder of a {content}; expected one of a single run, such as {_inner(path)}"
            )
        folder = RunFolder(path)
        result = _json(folder, RunFile.RESULT)
        return cls(
            folder=folder,
            result=result,
            started=_json(folder, RunFile.STARTED).get("started") or result.get("started") or [],
            data=_json(folder, RunFile.DATA),
            evidence=_json(folder, RunFile.EVIDENCE),
            check=_json(folder, RunFile.CHECK),
            history=HistoryTable.read(folder / RunFile.HISTORY),
            validations=HistoryTable.read(folder / RunFile.VALIDATIONS),
            steps=HistoryTable.read(folder / RunFile.STEPS),
            measurements=HistoryTable.read(folder / RunFile.MEASUREMENTS),
            layers=_rows(folder, RunFile.LAYERS),
            worst=_rows(folder, RunFile.WORST),
            suspects=_rows(folder, RunFile.SUSPECTS),
            spec=_text(folder, RunFile.SPEC),
        )

    @property
    def name(self) -> str:
        """The name of the spec, or of the folder if it is unknown."""
        return str(self.result.get("name") or self.folder.path.resolve().name)


def _content(path: Path) -> str:
    entry = RunEntry.of(path) if path.is_dir() else None
    if entry is None:
        raise DataError(f"{path} is not the folder of a run")
    return entry.content


def _inner(path: Path) -> Path:
    entry = RunEntry.of(path)
    parts = [] if entry is None else entry.parts()
    return parts[0].path if parts else path / "1"


def _json(folder: RunFolder, name: str) -> dict[str, Any]:
    return folder.read_json(name) if (folder / name).is_file() else {}


def _rows(folder: RunFolder, name: str) -> list[dict[str, str]]:
    rows = folder.read_csv(name) if (folder / name).is_file() else []
    return [{column: without_apostrophe(cell) for column, cell in row.items()} for row in rows]


def _text(folder: RunFolder, name: str) -> str:
    path = folder / name
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
