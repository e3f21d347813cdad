"""The stages of a spec, each as a spec of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.spec.node import Node
from kpipe.train.stages.stage import Stage

#: The keys that decide which layers are trained. A stage with one of them replaces both.
_SELECTIONS = ("only", "freeze")


def stages_of(spec: CheckedSpec) -> list[Stage]:
    """Return the stages of a spec; the whole training as one stage if it has none.

    The spec of a stage is that of the training with the values of the stage in place of those of `train` and `data`;
    its values keep their places in the file, so that errors point at the stage.

    Args:
        spec: a checked spec.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> spec = checked("kpipe:digits", {"train.stages": [{"epochs": 2}, {"data": {"batch_size": 8}}]})
        >>> [(stage.spec.train.epochs, stage.spec.data.batch_size) for stage in stages_of(spec)]
        [(2, 32), (30, 8)]
    """
    if spec.train.stages is None:
        return [Stage(number=1, count=1, spec=spec)]
    # An expression can be the whole list.
    stages = spec.tree.entries["train"].entries["stages"]
    nodes = spec.evaluated(stages).items
    freezes = _freezes(spec.tree.entries["train"]) or any(map(_freezes, nodes))
    return [
        Stage(
            number=index + 1,
            count=len(nodes),
            spec=_spec_of(spec, node, index + 1, freezes=freezes),
            path=node.path if stages.is_list else f"{stages.path}.{index}",
            is_written=stages.is_list and stages.items[index].is_mapping and stages.items[index].expression is None,
        )
        for index, node in enumerate(nodes)
    ]


def _spec_of(spec: CheckedSpec, stage: Node, number: int, *, freezes: bool) -> CheckedSpec:
    train, data = spec.tree.entries["train"], spec.tree.entries["data"]
    own = _given(stage, [key for key in stage.entries if key != "data"])
    if any(key in own for key in _SELECTIONS):
        own = {**{key: Node(None, stage.mark) for key in _SELECTIONS}, **own}
    # The later stages have weights already.
    begun = {} if number == 1 else {"initialize": Node([], stage.mark), "start_from": Node(None, stage.mark)}
    changed = _with(train, {**own, **begun, "stages": Node(None, stage.mark)})
    if freezes and not _freezes(changed):
        # It is used by the other stages.
        changed = _with(changed, {"frozen_dropout": Node(value=False, mark=stage.mark)})
    own_data = stage.get("data")
    entries = {
        **spec.tree.entries,
        "train": changed,
        "data": _with(data, _given(own_data, own_data.entries) if own_data is not None else {}),
    }
    return replace(spec, tree=replace(spec.tree, value=entries))


def _given(node: Node, keys: Iterable[str]) -> dict[str, Node]:
    """Return the values of some keys that are not null."""
    found = {key: node.entries[key] for key in keys if key in node.entries}
    return {key: entry for key, entry in found.items() if entry.value is not None}


def _freezes(node: Node) -> bool:
    """Return whether layers can be frozen."""
    return any(entry.value != [] for entry in _given(node, _SELECTIONS).values())


def _with(node: Node, entries: Mapping[str, Node]) -> Node:
    return replace(node, value={**node.entries, **entries})
