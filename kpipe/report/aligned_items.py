"""Alignment of two lists in which items were inserted, removed or changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

Item = TypeVar("Item")
#: Indices of an item in the first and the second list; None where it is missing.
Pair = tuple[int | None, int | None]

#: Lists whose different parts are longer are compared item by item.
_LONGEST = 2_000


def aligned_items(
    before: Sequence[Item], now: Sequence[Item], same: Callable[[Item], Hashable], similar: Callable[[Item], Hashable]
) -> list[Pair]:
    """Return the indices of the items of two lists that correspond to each other, in their order.

    Equal items correspond to each other; between them, similar ones do.

    Args:
        before: the first list.
        now: the second list.
        same: returns the same value for equal items.
        similar: returns the same value for items of which one can be a change of the other, such as their class.

    Example:
        >>> aligned_items("abc", "xbC", str, str.lower)
        [(0, None), (None, 0), (1, 1), (2, 2)]
    """
    equal = [same(item) for item in before], [same(item) for item in now]
    alike = [similar(item) for item in before], [similar(item) for item in now]
    pairs: list[Pair] = []
    for tag, (a, b, c, d) in _blocks(*equal):
        if tag == "equal":
            pairs += zip(range(a, b), range(c, d), strict=True)
            continue
        for inner, (e, f, g, h) in _blocks(alike[0][a:b], alike[1][c:d]):
            if inner == "equal":
                pairs += zip(range(a + e, a + f), range(c + g, c + h), strict=True)
            else:
                pairs += [*((i, None) for i in range(a + e, a + f)), *((None, i) for i in range(c + g, c + h))]
    return pairs


def _blocks(before: Sequence[Hashable], now: Sequence[Hashable]) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    """Yield the blocks of two lists that are equal or not, without a search through what both begin and end with."""
    shortest = min(len(before), len(now))
    start = next((i for i in range(shortest) if before[i] != now[i]), shortest)
    rest = shortest - start
    end = next((i for i in range(rest) if before[-1 - i] != now[-1 - i]), rest)
    first, last = (len(before) - end, len(now) - end), (len(before), len(now))
    if start:
        yield "equal", (0, start, 0, start)
    middle = before[start : first[0]], now[start : first[1]]
    if max(map(len, middle)) > _LONGEST:
        yield "replace", (start, first[0], start, first[1])
    elif any(middle):
        for tag, *ends in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
            a, b, c, d = (position + start for position in ends)
            yield tag, (a, b, c, d)
    if end:
        yield "equal", (first[0], last[0], first[1], last[1])
