"""Comparison of specs by meaning instead of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kpipe.spec.sections.changeable import changeable_keys
from kpipe.spec.sections.registered import sections
from kpipe.spec.spec import Spec
from kpipe.train.resume.change import Change
from kpipe.train.resume.component_value import Component
from kpipe.train.resume.inherited_values import written_stages
from kpipe.train.resume.section_values import section_values
from kpipe.train.resume.value_differences import ABSENT, is_same, value_differences, value_text

#: Keys that other checks compare: epochs may grow, and `data.json` describes the preparations in more detail.
_COMPARED_ELSEWHERE = {"data": {"prepare"}, "train": {"epochs"}}


def section_differences(before: Spec, now: Spec) -> list[Change]:
    """Return the values of the sections that differ between two specs.

    Typed values are compared, with the defaults of all signatures and the values of expressions. A default may be
    written out or omitted, and the order of keys does not matter. Paths of the data are not compared.

    Args:
        before: the earlier spec.
        now: the current spec; the code of both is imported.
    """
    found: list[Change] = []
    for key, section in sections().items():
        if not section.changes_runs:
            continue
        skipped = changeable_keys(section) | _COMPARED_ELSEWHERE.get(key, set())
        old, new = (section_values(spec, key, skipped) for spec in (before, now))
        if key == "train":
            old, new = _with_written_stages(before, old, new), _with_written_stages(now, new, old)
        old, new = _without_last_epochs(old), _without_last_epochs(new)
        found += value_differences(old, new, key)
    return found


def _with_written_stages(spec: Spec, values: dict[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    train, data = {**values, "epochs": spec.train.epochs}, section_values(spec, "data")
    return {**values, "stages": written_stages(values.get("stages"), others.get("stages"), train, data)}


def _without_last_epochs(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a section without the epochs of the last stage, which may grow as `train.epochs`.

    The epochs of the other stages of a recipe are compared elsewhere too.
    """
    stages = values.get("stages")
    if not isinstance(stages, list) or not stages:
        return values
    last = stages[-1]
    if isinstance(last, Component):
        last = replace(last, arguments=_without_epochs(last.arguments), written=_without_epochs(last.written))
    return {**values, "stages": [*stages[:-1], _without_epochs(last) if isinstance(last, dict) else last]}


def _without_epochs(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "epochs"}


def description_differences(before: Mapping[str, Any], now: Mapping[str, Any], known_only: bool) -> list[Change]:
    """Return the values that differ between two descriptions of data.

    Args:
        before: the description of the earlier start, from JSON.
        now: the current description, from JSON.
        known_only: whether to ignore keys that are missing in `before`, because an earlier version wrote it.
    """
    old, new = dict(_leaves(before, "")), dict(_leaves(now, ""))
    paths = old if known_only else dict.fromkeys((*old, *new))
    return [
        Change(path, value_text(old.get(path, ABSENT)), value_text(new.get(path, ABSENT)))
        for path in paths
        if not is_same(old.get(path, ABSENT), new.get(path, ABSENT))
    ]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        for number, entry in enumerate(value):
            yield from _leaves(entry, f"{path}.{number}")
    else:
        yield path, value
