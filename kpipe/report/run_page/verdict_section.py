"""The verdicts about a run on its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kpipe.messages.metrics_text import number
from kpipe.report.pages.code_block import code_block
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.run_files import RunFile

#: The overrides that a remedy begins with, and the rest.
_OVERRIDES = re.compile(r"((?:--set (?:'[^']*'|[^\s,;']+)\s*)+)(.*)", re.DOTALL)


def verdict_section(record: RunRecord) -> Markup:
    """Return the verdicts about a run, each with what was measured and a command to copy.

    Args:
        record: what the folder of the run contains.
    """
    parts = []
    if error := record.result.get("error"):
        parts.append(element("p", str(error), class_="verdict error"))
    verdicts = record.result.get("verdicts")
    if verdicts is None:
        parts.append(element("p", "The run has not been diagnosed."))
    elif not verdicts:
        parts.append(element("p", "Healthy, nothing found.", class_="verdict good"))
    parts += map(_verdict, verdicts or [])
    probes = (record.check.get("probes") or {}).values()
    before = [entry for probe in probes for entry in probe.get("verdicts") or []]
    if before:
        parts += [element("h3", "Found by the check before the run"), *map(_verdict, before)]
    note = f"The commands are those for the folder of this page, which contains {RunFile.SPEC}." if verdicts else ""
    return section("Diagnosis", *parts, note=note)


def remedy_command(remedy: str) -> tuple[str, str]:
    """Return the command of a remedy, and what else it recommends; both can be empty.

    Args:
        remedy: the remedy of a verdict.

    Example:
        >>> remedy_command("--set train.regularize.l2=0.001 or more data")
        ('kpipe run spec.yaml --set train.regularize.l2=0.001', 'more data')
        >>> remedy_command("write smaller drop rates")
        ('', 'write smaller drop rates')
    """
    found = _OVERRIDES.match(remedy)
    if found is None:
        return "", remedy
    return f"kpipe run {RunFile.SPEC} {found[1].strip()}", found[2].strip(" ,;").removeprefix("or ")


def _verdict(entry: Mapping[str, Any]) -> Markup:
    command, advice = remedy_command(str(entry.get("remedy") or ""))
    place = str(entry.get("path") or "")
    if entry.get("place"):
        place = f"{place} ({entry['place']})"
    return element(
        "article",
        element("h3", element("span", str(entry.get("code", "")), class_="code"), f" {entry.get('message', '')}"),
        element("p", place, class_="note"),
        *_evidence(entry.get("evidence") or {}),
        *([code_block(command)] if command else []),
        *([element("p", f"{'Also: ' if command else 'Remedy: '}{advice}.")] if advice else []),
        class_=f"verdict {entry.get('severity', 'note')}",
    )


def _evidence(evidence: Mapping[str, Any]) -> list[Markup]:
    """Return a line with what was measured, and the limits that it was compared with."""
    lines = [
        f"{title}: {', '.join(f'{name} {_value(value)}' for name, value in values.items() if value is not None)}"
        for title, key in (("measured", "measured"), ("limits", "threshold"))
        if isinstance(values := evidence.get(key), Mapping) and values
    ]
    return [element("p", "; ".join(lines), class_="note")] if lines else []


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(entry)}" for name, entry in value.items())
    return number(value) if isinstance(value, float) else str(value)
