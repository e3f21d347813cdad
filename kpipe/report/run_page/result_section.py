"""How a run has ended, and its metrics, on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.messages.counted import counted
from kpipe.messages.metrics_text import duration
from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.facts import facts
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord


def result_section(record: RunRecord) -> Markup:
    """Return how a run has ended, and the metrics of the model that was kept.

    Args:
        record: what the folder of the run contains.
    """
    parts = [facts(_facts(record))]
    averaged = record.result.get("test_averaged") or {}
    columns: dict[str, Mapping[str, Any]] = {
        "validation": record.result.get("validation") or {},
        "test": record.result.get("test") or {},
        "test, averaged": averaged.get("metrics") or {},
    }
    columns = {name: metrics for name, metrics in columns.items() if metrics}
    names = dict.fromkeys(name for metrics in columns.values() for name in metrics)
    if names:
        rows: list[list[Cell]] = [[name, *(metrics.get(name) for metrics in columns.values())] for name in names]
        parts.append(data_table(["metric", *columns], rows))
    stages = record.result.get("stages") or []
    if stages:
        parts.append(data_table(["stage", "epochs", "steps", "status"], [_stage(entry) for entry in stages]))
    return section("Result", *parts)


def _stage(entry: Mapping[str, Any]) -> list[Cell]:
    return [entry.get("stage"), entry.get("epochs"), entry.get("steps"), str(entry.get("status")).replace("_", " ")]


def _facts(record: RunRecord) -> dict[str, str]:
    result = record.result
    epochs = result.get("epochs", len(record.history.epochs))
    best = result.get("best_epoch")
    kept = "none" if best is None else f"epoch {best}"
    if best is not None and result.get("best_step") is not None:
        kept = f"epoch {best}, step {result['best_step']:,}"
    if best is not None and result.get("chosen_by"):
        kept = f"{kept} ({result['chosen_by']})"
    found = {
        "status": str(result.get("status", "unfinished")).replace("_", " "),
        "epochs": str(epochs),
        "kept model": kept,
    }
    if result.get("stop_reason"):
        found["stop reason"] = result["stop_reason"]
    if result.get("initialize"):
        found["initialized"] = ", ".join(map(_initialized, result["initialize"]))
    seconds = result.get("seconds", record.history.seconds)
    if seconds is not None:
        found["time"] = duration(seconds)
    if result.get("parameters") is not None:
        frozen = result.get("parameters_frozen") or 0
        found["parameters"] = f"{result['parameters']:,}" + (f" and {frozen:,} that are not trained" if frozen else "")
    return found


def _initialized(entry: Mapping[str, Any]) -> str:
    skipped = len(entry["skipped"])
    return f"{entry['name']} ({counted(len(entry['initialized']), 'layer')}{f', {skipped} skipped' if skipped else ''})"
