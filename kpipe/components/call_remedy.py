"""The remedy for a component that is written as a call of Python."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kpipe.components.argument_forms import resolved
from kpipe.nearest import nearest
from kpipe.spec.python_syntax import python_call


def call_remedy(kind: str, text: str, names: Collection[str]) -> str | None:
    """Return the remedy for a call such as `Dropout(0.2)`, or None for a string that is not a call.

    Args:
        kind: a name of `KINDS`.
        text: the string in the spec.
        names: the available components.

    Example:
        >>> call_remedy("callback", "CosineSchedule(warmup=3)", ["CosineSchedule"])
        'write CosineSchedule: {warmup_epochs: 3}'
        >>> call_remedy("layer", "Dropot(0.2)", ["Dropout"])
        'write Dropout: {rate: 0.2}'
    """
    call = python_call(text)
    if call is None:
        return None
    name = call.name if call.name in names else nearest(call.name, names) or call.name
    known = resolved(kind, name)
    item = replace(call, name=name).as_item(tuple(known.arguments) if known is not None else ())
    return f"write {item}"
