"""What the weights of a run were trained on, compared with the data that they receive now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpipe.data.prepared import PreparedData
from kpipe.messages.escaped import escaped
from kpipe.nearest import listed


def data_differences(described: Mapping[str, Any], prepared: PreparedData, *, with_classes: bool) -> list[str]:
    """Return the columns, categories and classes that have another order or other names than those of a run.

    Weights have a place for each of them, which shapes cannot tell.

    Args:
        described: the contents of `data.json` of the run.
        prepared: the data of this spec.
        with_classes: whether the layers of the outputs have weights of the run.
    """
    found: list[str] = []
    for name, before, now in _pairs(described.get("preparation", {}), prepared.describe()):
        found += _columns(name, before.get("columns") or (), now.get("columns") or ())
    if with_classes:
        targets = {name: {"classes": target.classes} for name, target in prepared.dataset.targets.items()}
        for name, before, now in _pairs(described.get("targets", {}), targets):
            if before.get("classes") and now["classes"] and list(before["classes"]) != list(now["classes"]):
                found.append(_difference(f"classes of target {escaped(name)!r}", before["classes"], now["classes"]))
    return found


def _pairs(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what has the same name, or is the only one."""
    if len(before) == len(now) == 1:
        yield next(iter(now)), next(iter(before.values())), next(iter(now.values()))
        return
    yield from ((name, before[name], now[name]) for name in now if name in before)


def _columns(name: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [[column["name"] for column in columns] for columns in (before, now)]
    if names[0] != names[1] and all(names):
        yield _difference(f"columns of input {escaped(name)!r}", *names)
    old = {column["name"]: list(column.get("categories") or ()) for column in before}
    for column in now:
        categories = list(column.get("categories") or ())
        if categories != old.get(column["name"], categories):
            yield _difference(f"categories of column {escaped(column['name'])!r}", old[column["name"]], categories)


def _difference(what: str, before: Sequence[Any], now: Sequence[Any]) -> str:
    texts = [listed([escaped(str(entry)) for entry in entries], "") for entries in (before, now)]
    return f"{what}: {texts[0]} in the run, {texts[1]} here"
