"""The changes between two specs by meaning."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.components.registry.registry import using
from kpipe.errors import Problem, SpecError
from kpipe.model.flat_items import FlatItems
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword
from kpipe.report.item_differences import item_differences
from kpipe.report.spec_item import SpecItem
from kpipe.spec.expressions.expression import names_in_values
from kpipe.spec.node import Node, split_component
from kpipe.spec.reader import variant
from kpipe.spec.sections.registered import sections
from kpipe.spec.spec import Spec
from kpipe.train.resume.change import Change
from kpipe.train.resume.component_value import Component, component_value
from kpipe.train.resume.section_values import section_values
from kpipe.train.resume.value_differences import ABSENT

#: Arguments of layers that are sizes along the axes of images or sequences.
_SIZES = ("kernel_size", "strides", "dilation_rate", "pool_size", "size", "padding", "cropping")


def spec_changes(before: CheckedSpec, now: CheckedSpec) -> Counter[Change]:
    """Return the changes between two specs by meaning: with defaults, values of expressions, and blocks written out.

    Args:
        before: the first spec.
        now: the second spec; paths of changes are paths in it, except for items that only the first one has.

    Returns:
        The changes in the order of the sections, each with the number of times that it occurs, as in a loop.
    """
    values = _values(before), _values(now)
    _unify_lists(*(entry["data"] for entry in values))
    changes = Counter(item_differences(*values, ""))
    if _has_same_text(before, now):
        changes.update(_variable_changes(before, now))
    else:
        changes.update(_model_changes(before, now))
    return changes


def _unify_lists(before: Any, now: Any) -> None:
    """Write a list for the only input or target, where the other spec has one, as a mapping with the same name."""
    for key in ("prepare", "prepare_targets") if isinstance(before, dict) and isinstance(now, dict) else ():
        for own, other in ((before, now), (now, before)):
            if isinstance(own.get(key), list) and isinstance(other.get(key), dict) and len(other[key]) == 1:
                own[key] = {next(iter(other[key])): own[key]}


def _values(spec: CheckedSpec) -> dict[str, Any]:
    with using(spec.code.in_use):
        of_sections = {key: section_values(spec, key, with_data=True) or ABSENT for key in sections()}
        return {"name": spec.name, "seed": spec.seed, "imports": _code(spec), **of_sections}


def _model_changes(before: CheckedSpec, now: CheckedSpec) -> list[Change]:
    """Return the changes of a model: of its variables, and of its items with the same variables, if these are fewer."""
    changes = item_differences(_model(before), _model(now), "")
    texts = [{key: json.dumps(value) for key, value in _written(spec).items()} for spec in (before, now)]
    shared = {key for key in _used(now, _names(now)) if texts[0].get(key, texts[1][key]) != texts[1][key]}
    if not changes or not shared:
        return changes
    try:
        of_items = item_differences(_model(before), _model(now, _with_variables(now, before, shared)), "")
    except SpecError:  # the model of the second spec does not accept these values
        return changes
    values = [{key: _written(spec)[key] for key in sorted(shared)} for spec in (before, now)]
    parts = [*item_differences(values[0], values[1], "vars"), *of_items]
    return parts if len(parts) < len(changes) else changes


def _with_variables(spec: CheckedSpec, other: CheckedSpec, names: Collection[str]) -> Spec:
    """Return a copy of a spec in which some variables have their values in another one."""
    own, problems = other.tree.entries["vars"].entries, list[Problem]()
    copy = variant(spec, [(f"vars.{name}", own[name], own[name].mark) for name in sorted(names)], problems)
    if problems:
        raise SpecError(problems)
    return copy


def _model(spec: CheckedSpec, content: Spec | None = None) -> dict[str, Any]:
    with using(spec.code.in_use):
        flat = FlatItems(content or spec)
        blocks = {name: _block(node) for name, node in flat.blocks.items()}
        return {"blocks": blocks, "model": [_item(node) for node in flat.items]}


def _code(spec: CheckedSpec) -> dict[str, str]:
    files = {file.file.name: hashlib.sha256(file.content).hexdigest()[:12] for file in spec.code.files}
    return {**files, **dict.fromkeys(spec.code.packages, "package")}


def _block(node: Node) -> dict[str, Any]:
    plain = {key: entry.plain() for key, entry in node.entries.items() if key != "layers"}
    return {**plain, "layers": [_item(item) for item in node.entries["layers"].items]}


def _item(node: Node) -> SpecItem:
    name, arguments = split_component(node) or ("", None)
    keyword = KEYWORDS.get(name)
    if keyword is None or arguments is None:
        value = component_value(node, "layer")
        return SpecItem(node.path, _with_single_sizes(value) if isinstance(value, Component) else value)
    values = {key: _argument(keyword, key, entry) for key, entry in arguments.entries.items()}
    return SpecItem(node.path, {name: values})


def _with_single_sizes(layer: Component) -> Component:
    """Return a layer with one number in place of a size that is the same along all axes, as Keras accepts both."""
    arguments, written = (
        {key: _single(value) if key in _SIZES else value for key, value in values.items()}
        for values in (layer.arguments, layer.written)
    )
    return replace(layer, arguments=arguments, written=written)


def _single(size: Any) -> Any:
    is_same = isinstance(size, list) and size and all(isinstance(n, int) and n == size[0] for n in size)
    return size[0] if is_same else size


def _argument(keyword: Keyword, key: str, node: Node) -> Any:
    form = keyword.arguments[key].form if key in keyword.arguments else Form.VALUE
    if form is Form.ITEMS and node.is_list:
        return [_item(item) for item in node.items]
    if form is Form.PATHS and (node.is_mapping or node.is_list):
        # The order of paths is that of their outputs.
        paths = node.entries or {str(index): path for index, path in enumerate(node.items)}
        return [{"path": name, "items": [_item(item) for item in path.items]} for name, path in paths.items()]
    return component_value(node, "layer") if form is Form.LAYER else node.plain()


def _has_same_text(before: CheckedSpec, now: CheckedSpec) -> bool:
    """Return whether models are written in the same way, so that they differ only in the values of variables."""
    texts = [[spec.model.plain(), {name: node.plain() for name, node in spec.blocks.items()}] for spec in (before, now)]
    return json.dumps(texts[0]) == json.dumps(texts[1])


def _variable_changes(before: CheckedSpec, now: CheckedSpec) -> list[Change]:
    """Return the changes of variables that a model uses which is written in the same way in both specs."""
    used = _names(now)
    return item_differences(_used(before, used), _used(now, used), "vars")


def _names(spec: CheckedSpec) -> set[str]:
    """Return the names in the expressions of a model."""
    return names_in_values([spec.model.plain(), *(node.plain() for node in spec.blocks.values())])


def _written(spec: CheckedSpec) -> dict[str, Any]:
    return spec.tree.entries["vars"].plain() or {}


def _used(spec: CheckedSpec, names: set[str]) -> Mapping[str, Any]:
    """Return the variables that some names use, directly or in other variables, as they are written."""
    written = _written(spec)
    used: set[str] = set()
    added = names & written.keys()
    while added:
        used |= added
        added = {name for key in added for name in names_in_values(written[key])} & written.keys() - used
    return {key: value for key, value in written.items() if key in used}
