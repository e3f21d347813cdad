"""Text."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.spec.scope import Name
from kpipe.spec.short_value import short_value


def round_in_words(names: Mapping[str, Name], index: str | None) -> str:
    """Which round of a `Repeat` this is: its index, or where it has none the values of `each`.

    Example:
        >>> round_in_words({"depth": Name(4), "stage": Name(1)}, "stage")
        ', stage = 1'
    """
    shown = {index: names[index]} if index is not None else names
    return "".join(f", {name} = {short_value(about.value, 60)}" for name, about in shown.items() if about.is_known)
