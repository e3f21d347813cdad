"""The names of the metrics of a spec, without data."""

from __future__ import annotations

import re

from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import Problem, SpecError
from kpipe.model.column_names import Measure, column_problems
from kpipe.spec.node import Node, split_component
from kpipe.spec.spec import Spec


def metric_name_problems(spec: Spec) -> list[Problem]:
    """Return the problems of names of targets and metrics that result in duplicate columns, without data and Keras.

    Args:
        spec: a spec that was read; names that depend on the data, such as those of `auto`, are skipped.
    """
    train = spec.tree.entries["train"]
    targets = train.get("targets") or Node({}, train.mark)
    found = [
        (Measure(name, targets.key_mark(name), f"train.targets.{name}"), _metrics(spec, options.get("metrics")))
        for name, options in targets.entries.items()
    ]
    if len(found) < 2:
        found = [(Measure("y"), [*_metrics(spec, train.get("metrics")), *(entry for _, of in found for entry in of)])]
    return column_problems(found)


def metric_name(node: Node) -> str | None:
    """Return the Keras name of a metric: its `name`, the default of its class, or the class in snake_case, or None.

    Args:
        node: an evaluated metric.
    """
    name, arguments = split_component(node) or ("", None)
    given = arguments.get("name") if arguments is not None else None
    if given is not None and given.value is not None:
        return given.value if isinstance(given.value, str) and not given.is_expression else None
    if name == "accuracy":
        return name
    known = vocabulary().find("metric", name)
    if known is None or known.origin not in BUILT_IN:
        return None
    default = known.arguments["name"].default if "name" in known.arguments else None
    return str(default) if default is not None else snake_case(known.name)


def snake_case(name: str) -> str:
    """Convert the name of a class to snake_case, as Keras does for the names of objects.

    Example:
        >>> snake_case("MeanIoU"), snake_case("AUC"), snake_case("TruePositives")
        ('mean_io_u', 'auc', 'true_positives')
    """
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def _metrics(spec: Spec, node: Node | None) -> list[Measure]:
    try:
        node = spec.evaluated(node) if node is not None else None
    except SpecError:
        return []
    items = node.items if node is not None else []
    named = [(metric_name(item), item) for item in items]
    return [Measure(name, item.mark, item.path) for name, item in named if name is not None]
