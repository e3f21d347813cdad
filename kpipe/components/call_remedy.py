"""The remedy for a component that is written as a call of Python."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kpipe.components.argument_forms import resolved
from kpipe.nearest import nearest
from kpipe.spec.python_syntax import PythonCall, python_call


def call_remedy(kind: str, text: str, names: Collection[str], *, is_value: bool = False) -> str | None:
    """Return the remedy for a call such as `Dropout(0.2)`, or None for a string that is not a call of a component.

    Args:
        kind: a name of `KINDS`.
        text: the string in the spec.
        names: the available components.
        is_value: whether the string is the value of a key rather than an item of a list, default False. YAML requires
            braces around the remedy there.

    Example:
        >>> call_remedy("callback", "CosineSchedule(warmup=3)", ["CosineSchedule"])
        'write CosineSchedule: {warmup_epochs: 3}'
        >>> call_remedy("layer", "Dropot(0.2)", ["Dropout"])
        'write Dropout: {rate: 0.2}'
        >>> call_remedy("optimizer", "SGD(0.1)", ["SGD"], is_value=True)
        'write {SGD: {learning_rate: 0.1}}'
    """
    call = python_call(text)
    if call is None:
        return None
    name = call.name if call.name in names else nearest(call.name, names)
    if name is None:
        return None
    known = resolved(kind, name)
    if known is not None and not known.arguments:
        call = PythonCall(name, (), {})
    item = replace(call, name=name).as_item(tuple(known.arguments) if known is not None else ())
    return f"write {{{item}}}" if is_value and ": " in item else f"write {item}"
