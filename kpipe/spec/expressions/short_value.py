"""Short representations of values for messages, computed without the complete representation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

#: Most characters of a value in a message.
LONGEST = 200
#: Most names in a message.
MOST_NAMES = 40
#: Most bits of an integer in a message; Python refuses to print more than 4,300 digits.
_LONG_INTEGER = 14_000


def short_value(value: Any, longest: int = LONGEST) -> str:
    """Return the representation of a plain value, truncated to some number of characters.

    Args:
        value: a number, string, list or mapping.
        longest: most characters before the ellipsis, default 200.

    Example:
        >>> short_value([1, {"a": "b"}]), short_value([0] * 10_000, 10)
        ("[1, {'a': 'b'}]", '[0, 0, 0, ...')
    """
    kept, length = [], 0
    for part in _parts(value, longest):
        kept.append(part)
        length += len(part)
        if length > longest:
            break
    text = "".join(kept)
    return text if len(text) <= longest else f"{text[:longest]}..."


def short_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return names for a message, truncated to the first ones; `none` if there are no names.

    Args:
        names: the names.
        most: most names in the result, default 40.

    Example:
        >>> short_names(["a", "b"]), short_names(map(str, range(9)), 3), short_names([])
        ('a, b', '0, 1, 2, ...', 'none')
    """
    first = list(islice(names, most + 1))
    shown = [name if len(name) <= LONGEST else f"{name[:LONGEST]}..." for name in first[:most]]
    return ", ".join([*shown, "..."] if len(first) > most else shown) or "none"


def _parts(value: Any, longest: int) -> Iterator[str]:
    """Yield the parts of the representation of a value."""
    if isinstance(value, str):
        yield repr(str(value[: longest + 1]))
    elif isinstance(value, int) and value.bit_length() > _LONG_INTEGER:
        yield f"an integer of {value.bit_length():,} bits"
    elif isinstance(value, list | tuple | dict):
        yield "{" if isinstance(value, dict) else "["
        for number, entry in enumerate(value):
            yield ", " if number else ""
            yield from _parts(entry, longest)
            if isinstance(value, dict):
                yield ": "
                yield from _parts(value[entry], longest)
        yield "}" if isinstance(value, dict) else "]"
    else:
        yield repr(value)
