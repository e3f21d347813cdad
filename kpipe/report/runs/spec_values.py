"""Values of the spec in a run folder, by their paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from kpipe.report.written_value import written_value
from kpipe.spec.yaml_text.yaml_scalar import scalar


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads plain scalars as YAML 1.2 does, as for every spec."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_scalar(self, node: Any) -> Any:
        """Return the value of a scalar, which is text if it has quotes."""
        text = super().construct_scalar(node)
        return text if node.style else scalar(text)


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.construct_scalar)


@dataclass(frozen=True)
class SpecValues:
    """Values of the spec in a run folder.

    Args:
        content: the spec as plain values.
    """

    content: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> SpecValues:
        """Return the values of a file, without any checks; none if it cannot be read."""
        try:
            # The reader of specs takes ten times as long, for places and checks that a spec of a run does not need.
            found = yaml.load(path.read_bytes(), Loader=_Loader)
        except (yaml.YAMLError, OSError, ValueError, RecursionError):
            return cls()
        return cls(found if isinstance(found, Mapping) else {})

    def value(self, path: str) -> str | float | int | None:
        """Return the value at a path as for `--set`; None if there is none. Lists and mappings are YAML.

        The name of a component can be omitted, as in `train.optimizer.learning_rate`.

        Example:
            >>> values = SpecValues({"train": {"optimizer": {"Adam": {"learning_rate": 0.01}}, "callbacks": []}})
            >>> values.value("train.optimizer.learning_rate"), values.value("train.optimizer"), values.value("a.b")
            (0.01, '{Adam: {learning_rate: 0.01}}', None)
        """
        found: Any = self.content
        for part in path.split("."):
            found = _part(found, part)
        if found is None or (isinstance(found, float | int) and not isinstance(found, bool)):
            return found
        return found if isinstance(found, str) else written_value(found)


def _part(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        if part not in value and len(value) == 1:
            ((name, inner),) = value.items()
            return inner.get(part) if name[:1].isupper() and isinstance(inner, Mapping) else None
        return value.get(part)
    if isinstance(value, Sequence) and not isinstance(value, str) and part.lstrip("-").isdecimal():
        index = int(part)
        return value[index] if -len(value) <= index < len(value) else None
    return None
