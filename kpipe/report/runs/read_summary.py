"""Reading what is known about a run from its folder."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.errors import DataError, KpipeError
from kpipe.report.runs.history_table import HistoryTable
from kpipe.report.runs.run_entry import RunEntry, numbered_runs
from kpipe.report.runs.run_summary import RunSummary
from kpipe.report.runs.spec_values import SpecValues
from kpipe.run_files import RunFile
from kpipe.train.run_folder.is_in_use import is_in_use
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.tune.sweep_monitor import best_trial


def read_summary(entry: RunEntry) -> RunSummary:
    """Return what is known about a run, a cross-validation or a sweep, also if it runs, was killed, or is damaged.

    Args:
        entry: its folder.
    """
    read = _of_sweep if entry.content == "sweep" else _of_run
    try:
        found = read(entry)
        name = found["name"] if "name" in found else SpecValues.read(entry.path / RunFile.SPEC).value("name")
        found = {**found, "name": None if name is None else str(name)}
    except (KpipeError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # Files that were changed by hand, or by a version that wrote other ones, can fail in any way.
        found = {"status": "broken", "error": _reason(error, entry)}
    if is_in_use(entry.path):
        found["status"] = "running"
    return RunSummary(path=entry.path, content=entry.content, **found)


def _reason(error: Exception, entry: RunEntry) -> str:
    if isinstance(error, KpipeError):
        return str(error)
    return f"a file in {entry.path} is damaged, or was written by another program ({type(error).__name__})"


def _of_run(entry: RunEntry) -> dict[str, Any]:
    """Return what is known about a run or a cross-validation."""
    folder = RunFolder(entry.path)
    starts = _starts(folder)
    if not (folder / RunFile.RESULT).exists():
        return {**_from_history(entry), **_from_starts(starts), "runs": len(entry.parts()) or None}
    result = folder.read_json(RunFile.RESULT)
    return {
        "status": str(result["status"]),
        "name": result.get("name"),
        "epochs": result.get("epochs"),
        "best_epoch": result.get("best_epoch"),
        "validation": _finite(result.get("validation", {})),
        "test": _finite(result.get("test", {})),
        "deviation": _finite(result.get("deviation", {})),
        "seconds": result.get("seconds"),
        "seed": result.get("seed"),
        "parameters": result.get("parameters"),
        "verdicts": result.get("verdicts") or [],
        "error": result.get("error"),
        "runs": result.get("folds"),
        "result": result,
        **_from_starts(starts or result.get("started", [])),
    }


def _from_history(entry: RunEntry) -> dict[str, Any]:
    """Return what is known about a run that has not ended."""
    history = HistoryTable.read(entry.path / RunFile.HISTORY)
    names = [name for name in history.columns if name.startswith("val_")]
    return {
        "status": "unfinished",
        "epochs": None if entry.content != "run" else len(history.epochs),
        "seconds": history.seconds,
        "validation": _finite({name.removeprefix("val_"): history.value(name) for name in names}),
    }


def _starts(folder: RunFolder) -> Sequence[Mapping[str, Any]]:
    if not (folder / RunFile.STARTED).exists():
        return []
    starts: Sequence[Mapping[str, Any]] = folder.read_json(RunFile.STARTED)["started"]
    return starts


def _from_starts(starts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not starts:
        return {}
    return {"started": starts[0].get("date"), "overrides": list(map(str, starts[0].get("overrides") or []))}


def _finite(metrics: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items() if value is not None}


# -- sweeps ------------------------------------------------------------------------------------------------------------


def _of_sweep(entry: RunEntry) -> dict[str, Any]:
    """Return what is known about a sweep; its metrics are those of the best trial."""
    folder = RunFolder(entry.path)
    events = _events(entry.path / RunFile.JOURNAL)
    asked = {(event["stage"], event["proposal"]) for event in events if event["event"] == "ask"}
    told = [event for event in events if event["event"] == "tell"]
    pending = asked - {(event["stage"], event["proposal"]) for event in told}
    stopped = [str(event.get("reason")) for event in events if event["event"] == "stop"]
    status = "failed" if stopped else "interrupted" if pending or not events else "completed"
    return {
        "status": status,
        "error": stopped[0] if stopped else None,
        "runs": len({event["trial"] for event in events if event["event"] == "ask"}),
        "seconds": round(sum(event.get("seconds") or 0 for event in told), 3),
        **_from_starts(_starts(folder)),
        **_best_trial(entry),
    }


def _events(path: Path) -> list[dict[str, Any]]:
    """Return the events of a journal, without a last line that is being written."""
    content = path.read_bytes() if path.exists() else b""
    found = []
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            found.append(json.loads(line))
        except ValueError:
            raise DataError(f"{path}:{number}: this line is not an event of a sweep") from None
    return found


def _best_trial(entry: RunEntry) -> dict[str, Any]:
    """Return the metrics of the best trial; of several executions, their means."""
    best = best_trial(entry.path)
    if best is None:
        return {}
    trial = entry.path / RunFile.TRIALS / str(best)
    single = RunEntry.of(trial)
    results = [read_summary(part) for part in ([single] if single else numbered_runs(trial))]
    return {part: _means([getattr(result, part) for result in results]) for part in ("validation", "test")}


def _means(metrics: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = metrics[0] if metrics else {}
    common = [name for name in names if all(name in entry for entry in metrics)]
    return {name: statistics.fmean(entry[name] for entry in metrics) for name in common}
