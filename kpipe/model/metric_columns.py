"""The names of the metrics that a training can have, without its model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import SpecError
from kpipe.model.metric_names import metric_name
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.spec import Spec

_VALIDATION = "val_"
#: The metrics that `auto` chooses, by task: that of regression, and that of all others.
_NUMBERS, _CLASSES = "mean_absolute_error", "accuracy"


@dataclass(frozen=True)
class MetricColumns:
    """The metrics that a training can have, which are columns of `history.csv`.

    Args:
        names: their names; those of the validation part begin with `val_`.
        of_targets: the metrics that each target of an unknown dataset can have; their names are `TARGET_METRIC` if it
            has several targets. Empty if the dataset is known.
    """

    names: tuple[str, ...]
    of_targets: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        # A metric with several numbers has several columns, such as `f1_score_0`.
        plain = re.sub(r"_\d+$", "", name)
        if name in self.names or plain in self.names:
            return True
        return plain.removeprefix(_VALIDATION).endswith(tuple(f"_{metric}" for metric in self.of_targets))


def metric_columns(
    spec: Spec, tasks: Mapping[str, str] | None = None, *, has_validation: bool = True
) -> MetricColumns | None:
    """Return the metrics that a training can have; None if custom code can add others.

    Args:
        spec: a spec that was read.
        tasks: the tasks of the targets of the dataset by name; None, the default, if it has not been opened: all names
            are then possible that some dataset leads to.
        has_validation: whether there is a validation part.

    Example:
        >>> from kpipe.spec.reader import read
        >>> metric_columns(read("kpipe:digits"), {"y": "classification"}).names
        ('loss', 'accuracy', 'val_loss', 'val_accuracy')
    """
    train = spec.tree.entries["train"]
    options = train.get("targets")
    holders = dict(options.entries) if options is not None and options.is_mapping else {}
    targets = [*(tasks if tasks is not None else holders)]
    of_targets = {
        target: _names(spec, _given(holders.get(target)), tasks[target] if tasks is not None else None)
        for target in targets
    }
    if len(targets) > 1:
        prefixed = [
            *(f"{target}_loss" for target in targets),
            *(name and f"{target}_{name}" for target, names in of_targets.items() for name in names),
        ]
    else:
        chosen = next((node for holder in [train, *holders.values()] if (node := _given(holder)) is not None), None)
        prefixed = _names(spec, chosen, tasks[targets[0]] if tasks is not None else None)
    if None in prefixed or _has_custom_layers(spec):
        return None
    names = dict.fromkeys(["loss", *map(str, prefixed)])
    validation = [f"{_VALIDATION}{name}" for name in names] if has_validation else []
    endings = {str(name) for found in of_targets.values() for name in found} | {"loss", _CLASSES, _NUMBERS}
    return MetricColumns((*names, *validation), tuple(sorted(endings)) if tasks is None else ())


def _given(holder: Node | None) -> Node | None:
    node = holder.get("metrics") if holder is not None and holder.is_mapping else None
    return None if node is None or node.value in ("auto", None) else node


def _names(spec: Spec, node: Node | None, task: str | None) -> list[str | None]:
    """Return the names of the metrics of one target; None for each name that is not known."""
    if node is None:
        return [_NUMBERS] if task == "regression" else [_CLASSES] if task is not None else [_CLASSES, _NUMBERS]
    try:
        evaluated = spec.evaluated(node)
    except SpecError:
        return [None]
    return [metric_name(item) for item in (evaluated.items if evaluated.is_list else [evaluated])]


def _has_custom_layers(spec: Spec) -> bool:
    known = vocabulary()
    found = {name for holder in (spec.tree.entries["model"], spec.tree.entries["blocks"]) for name in _classes(holder)}
    infos = [known.find("layer", name) for name in found]
    return any(info is not None and info.origin not in BUILT_IN for info in infos)


def _classes(node: Node) -> Iterator[str]:
    """Yield everything at and below a node that can be the name of a class."""
    for part in node.walk():
        name = (split_component(part) or ("",))[0]
        if CLASS_NAME.match(name):
            yield name
