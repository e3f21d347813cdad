"""Values of a spec as text for a comparison: components with the arguments that differ from their defaults."""

from __future__ import annotations

import json
import re
from typing import Any

from kpipe.components.value_text import shown
from kpipe.report.spec_item import SpecItem
from kpipe.spec.yaml_text.yaml_scalar import scalar
from kpipe.train.resume.component_value import Component
from kpipe.train.resume.value_differences import ABSENT

_LONGEST = 80
_PLAIN = re.compile(r"[\w./-]+$")


def written_value(value: Any) -> str:
    """Return a value as YAML on one line, shortened to 80 characters.

    Example:
        >>> written_value(Component("SGD", "keras", {"momentum": 0.9, "nesterov": False}, {"momentum": 0.9}))
        '{SGD: {momentum: 0.9}}'
        >>> written_value(Component("ReLU", "keras", {})), written_value("a: b"), written_value(ABSENT)
        ('ReLU', '"a: b"', 'absent')
    """
    text = "absent" if value is ABSENT else _flow(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _flow(value: Any) -> str:
    if isinstance(value, SpecItem):
        return _flow(value.value)
    if isinstance(value, Component):
        return f"{{{value.name}: {_flow(value.written)}}}" if value.written else value.name
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _string(value) if isinstance(value, str) else shown(value)


def _string(text: str) -> str:
    expression, *names = text.split("\n# ")
    text = f"{expression} ({', '.join(names)})" if text.startswith("=") and names else text
    is_plain = _PLAIN.match(text) and isinstance(scalar(text), str)
    return text if is_plain else json.dumps(text, ensure_ascii=False)
