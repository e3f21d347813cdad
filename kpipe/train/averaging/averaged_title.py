"""The title of averaged results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def averaged_title(part: str, described: Mapping[str, Any]) -> str:
    """Return the title of the results of averaged answers.

    Args:
        part: the name of the part.
        described: what the answers are averaged over, as `Averaging.describe` returns it.

    Example:
        >>> averaged_title("test", {"tta": {"Draws": {"count": 8}}})
        'test, Draws: {count: 8}'
    """
    over = [_component(described["tta"])] if "tta" in described else []
    over += [f"{described['samples']} masks"] if "samples" in described else []
    return ", ".join([part, *over])


def _component(component: Any) -> str:
    """Return a component as on the command line."""
    if isinstance(component, dict) and len(component) == 1:
        return ": ".join((next(iter(component)), _flow(next(iter(component.values())))))
    return str(component)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(entry)}' for key, entry in value.items())}}}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else str(value)
