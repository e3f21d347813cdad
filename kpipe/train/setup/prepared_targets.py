"""The preparations of the targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.components import build
from kpipe.data.dataset import Target
from kpipe.data.prepared_target import PreparedTarget
from kpipe.spec.error_places import located
from kpipe.spec.node import Node
from kpipe.spec.sections.data import Data
from kpipe.train.setup.by_input import by_input


def prepared_targets(
    data: Data, targets: Mapping[str, Target], stored: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, PreparedTarget]:
    """Return the targets of `data.prepare_targets` that have preparations, keyed by name.

    Args:
        data: the section.
        targets: the targets of the dataset.
        stored: the fitted values of a finished run, keyed by target name; None (default) if there are none.

    Raises:
        SpecError: a target is unknown or has classes, or a preparation cannot be inverted.
    """
    if data.prepare_targets is None:
        return {}
    lists = by_input(data.prepare_targets, "data.prepare_targets", list(targets), "target")
    return {name: _prepared(node, targets[name], stored or {}) for name, node in lists.items() if node.items}


def _prepared(node: Node, target: Target, stored: Mapping[str, Mapping[str, Any]]) -> PreparedTarget:
    stages = [build(item, "preparation") for item in node.items]
    with located(node):
        return PreparedTarget(target, stages, stored.get(target.name))
