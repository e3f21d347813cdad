"""The order in which variables that use each other are evaluated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping


def evaluation_order(uses: Mapping[str, Collection[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the variables, each after those that it uses, and the cycles of variables that use each other.

    Args:
        uses: for each variable, the names that it uses; names that are not variables are ignored.

    Returns:
        All variables, in the given order where their uses allow it, and the cycles, each from its first variable to
        the last one, which uses the first.

    Example:
        >>> evaluation_order({"half": ["width"], "width": []})
        (['width', 'half'], [])
        >>> evaluation_order({"a": ["b"], "b": ["a"]})[1]
        [['a', 'b']]
    """
    order: dict[str, None] = {}
    cycles: list[list[str]] = []
    for first in uses:
        # The variables between the first one and the current one, with the names of each that are still to be visited.
        open_names: dict[str, Iterator[str]] = {}
        current: str | None = first
        while current is not None:
            if current not in order:
                open_names.setdefault(current, iter(sorted(uses[current])))
            current = _next(current, open_names, order, cycles, uses)
    return list(order), cycles


def _next(
    current: str,
    open_names: dict[str, Iterator[str]],
    order: dict[str, None],
    cycles: list[list[str]],
    uses: Mapping[str, Collection[str]],
) -> str | None:
    """Return the variable to visit after `current`; None once the first one is finished."""
    for name in open_names.get(current, ()):
        if name in open_names:
            path = [*open_names]
            cycles.append(path[path.index(name) :])
        elif name in uses and name not in order:
            return name
    order[current] = None
    open_names.pop(current, None)
    return next(reversed(open_names), None)
