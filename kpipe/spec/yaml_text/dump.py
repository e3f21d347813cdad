"""Writing of nodes and plain values as YAML that is read as the same values."""

from __future__ import annotations

from typing import Any

import yaml

from kpipe.spec.node import Node
from kpipe.spec.yaml_text.yaml_scalar import scalar

WIDTH = 110


def dump(value: Any) -> str:
    """Return plain values as YAML, in block style with short collections and lists of numbers in flow style.

    Args:
        value: mappings, lists, strings, numbers, booleans and null.

    Example:
        >>> print(dump({"learning_rate": 1e-05, "flag": "no", "units": [8, 4]}), end="")
        learning_rate: 1e-05
        flag: no
        units: [8, 4]
    """
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def plain(node: Node, replaced: dict[str, Any] | None = None) -> Any:
    """Return a node as plain values for `dump`.

    Args:
        node: the node.
        replaced: values by path that replace those of the node.
    """
    replaced = replaced or {}
    if node.path in replaced:
        return replaced[node.path]
    if isinstance(node.value, dict):
        return {key: plain(entry, replaced) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item, replaced) for item in node.value]
    return node.value


class _Dumper(yaml.SafeDumper):
    """Dumper that quotes a string only if the YAML 1.2 core schema would read it as another type."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is not yaml.ScalarNode:
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        if isinstance(implicit, tuple) and not implicit[0]:
            return "tag:yaml.org,2002:str"
        return _TAGS[type(scalar(value))]

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        if isinstance(node, yaml.CollectionNode) and data:
            node.flow_style = False
        self.serialize(node)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_string(self, data: str) -> Any:
        """Escape line breaks that PyYAML would fold in plain and single-quoted strings."""
        style = '"' if any(mark in data for mark in "\x85\u2028\u2029\ufeff") else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def represent_number(self, data: float) -> Any:
        text = repr(data)
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(text, text)
        return self.represent_scalar("tag:yaml.org,2002:float", text)

    def represent_mapping(self, tag: Any, mapping: Any, flow_style: Any = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = _is_short(mapping)
        return node

    def represent_sequence(self, tag: Any, sequence: Any, flow_style: Any = None) -> Any:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = _is_short(sequence) or all(isinstance(entry, int | float) for entry in sequence)
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


_TAGS = {
    type(None): "tag:yaml.org,2002:null",
    bool: "tag:yaml.org,2002:bool",
    int: "tag:yaml.org,2002:int",
    float: "tag:yaml.org,2002:float",
    str: "tag:yaml.org,2002:str",
}
_Dumper.add_representer(float, _Dumper.represent_number)
_Dumper.add_representer(str, _Dumper.represent_string)


def _is_short(value: Any) -> bool:
    """Return whether a collection fits on one line: it is short and contains only scalars and flat collections."""
    if not value:
        return True
    inner = list(value.values()) if isinstance(value, dict) else list(value)
    flat = all(not isinstance(entry, dict | list) or _is_flat(entry) for entry in inner)
    return flat and len(str(value)) < WIDTH - 30 and not _is_component(value)


def _is_flat(value: Any) -> bool:
    entries = value.values() if isinstance(value, dict) else value
    return not any(isinstance(entry, dict | list) and entry for entry in entries)


def _is_component(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and isinstance(next(iter(value.values())), dict | list)
        and bool(next(iter(value.values())))
    )
