"""The reasons for which layers are skipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.messages.escaped import escaped
from kpipe.nearest import listed


def skip_reasons(skipped: Mapping[str, str]) -> Iterator[str]:
    """Yield each reason with the layers to which it applies.

    Args:
        skipped: the reason of each layer, by its name.

    Example:
        >>> [*skip_reasons({"a": "frozen", "b": "frozen", "c": "recurrent"})]
        ['a, b: frozen', 'c: recurrent']
    """
    for reason in dict.fromkeys(skipped.values()):
        names = [escaped(name) for name, other in skipped.items() if other == reason]
        yield f"{listed(names, '')}: {reason}"
