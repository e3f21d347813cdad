"""The data, the spec and the environment of a run on its page, and how to reproduce it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpipe.report.pages.code_block import code_block
from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.facts import facts
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.run_files import RunFile

#: The most classes and columns that are listed by name.
_MOST_NAMES = 12
#: The names of distributions that differ from those of their packages.
_DISTRIBUTION = {"kpipe": "kpipe-keras"}


def origin_sections(record: RunRecord) -> Iterator[Markup]:
    """Yield the spec, the data, the environment of the last start, and how to reproduce the run.

    Args:
        record: what the folder of the run contains.
    """
    if record.spec:
        block = element("details", element("summary", RunFile.SPEC), code_block(record.spec, is_command=False))
        yield section("Spec", block)
    if record.data:
        yield section("Data", *_data(record.data))
    if record.started:
        yield section("Environment", *_environment(record.started[-1]))
    yield section("Reproduce", *_reproduction(record))


# -- data --------------------------------------------------------------------------------------------------------------


def _data(described: Mapping[str, Any]) -> Iterator[Markup]:
    parts = described.get("parts") or {}
    yield facts({f"{name} samples": f"{count:,}" for name, count in parts.items()})
    inputs, targets = described.get("inputs") or {}, described.get("targets") or {}
    rows = [_input(described, name, entry) for name, entry in inputs.items()]
    yield data_table(["input", "kind", "shape", "type", "range", "preparation"], rows)
    yield data_table(["target", "task", "classes or shape"], [_target(name, entry) for name, entry in targets.items()])


def _input(described: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> list[Cell]:
    kind, dtype = str(entry.get("kind")), str(entry.get("dtype"))
    return [name, kind, _shape(entry.get("shape")), dtype, _range(entry), _stages(described, name)]


def _target(name: str, entry: Mapping[str, Any]) -> list[Cell]:
    classes = _listed(entry.get("classes") or [], "class", "classes")
    return [name, str(entry.get("task")), classes or _shape(entry.get("shape"))]


def _shape(shape: Sequence[int | None] | None) -> str:
    if not shape:
        return "one number"
    return " x ".join("any" if size is None else str(size) for size in shape)


def _range(entry: Mapping[str, Any]) -> str | None:
    if entry.get("range"):
        low, high = entry["range"]
        return f"{low:g} to {high:g}"
    return _listed([str(column["name"]) for column in entry.get("columns") or []], "column") or None


def _listed(names: Sequence[str], noun: str, plural: str | None = None) -> str:
    if not names:
        return ""
    more = f", … ({len(names):,} {plural or noun + 's'})" if len(names) > _MOST_NAMES else ""
    return ", ".join(map(str, names[:_MOST_NAMES])) + more


def _stages(described: Mapping[str, Any], name: str) -> str:
    stages = ((described.get("preparation") or {}).get(name) or {}).get("stages") or []
    return ", ".join(str(stage.get("class")) for stage in stages) or "none"


# -- environment -------------------------------------------------------------------------------------------------------


def _environment(start: Mapping[str, Any]) -> Iterator[Markup]:
    found = {
        "began (UTC)": str(start.get("date", "")).replace("T", " ").rstrip("Z"),
        "host": str(start.get("host", "")),
        "devices": ", ".join(map(str, start.get("devices") or [])),
        "replicas": str(start.get("replicas", "")),
        "cores": str(start.get("cores", "")),
        "commit": str(start.get("commit") or "none"),
    }
    yield facts({name: value for name, value in found.items() if value})
    versions = start.get("versions") or {}
    if versions:
        yield data_table(["package", "version"], [[name, str(version)] for name, version in versions.items()])
    notices = start.get("notices") or []
    if notices:
        yield element("h3", "Reported before the first step")
        yield element("ul", *(element("li", str(line)) for line in notices))


# -- reproduction ------------------------------------------------------------------------------------------------------


def _reproduction(record: RunRecord) -> Iterator[Markup]:
    start = record.started[-1] if record.started else {}
    versions = start.get("versions") or {}
    if versions:
        yield element("p", "Install the same versions:")
        pins = [f"{_DISTRIBUTION.get(name, name)}=={version}" for name, version in versions.items() if name != "python"]
        yield code_block(f"pip install {' '.join(pins)}")
    yield element("p", "Train the same model again, in the folder of this page:")
    yield code_block(f"kpipe run {RunFile.SPEC}")
    if start.get("command"):
        commit = f", at commit {start['commit']}" if start.get("commit") else ""
        yield element("p", f"The run began with this command{commit}:")
        yield code_block(str(start["command"]))
    if record.result.get("seed") is not None:
        cores = f" and with {start['cores']} cores" if start.get("cores") else ""
        text = f"With the same data and versions{cores}, results on CPUs are identical."
        yield element("p", f"The seed is {record.result['seed']}. {text}", class_="note")
