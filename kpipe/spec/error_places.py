"""Places in the spec for errors of components, which do not know the spec."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from kpipe.errors import ArgumentError, DataError, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at


@contextmanager
def located(node: Node) -> Iterator[None]:
    """Report errors within the block at their place in `node`, unless they have a place.

    Args:
        node: one or several components; an `ArgumentError` is reported at the argument of the first one that has it.

    Raises:
        SpecError: instead of an `ArgumentError`.
        DataError: with the place of `node`.
    """
    try:
        yield
    except DataError as error:
        if error.problem is not None:
            raise
        raise DataError(problem=problem_at(node, str(error))) from error
    except ArgumentError as error:
        places = [item for part in node.walk() for item in (_argument(part, error.argument),) if item is not None]
        place = places[0] if places else node
        raise SpecError([problem_at(place, error.message, error.suggestion)]) from error


@contextmanager
def located_value(section: Node, path: Sequence[str], arguments: Collection[str]) -> Iterator[None]:
    """Report errors about some arguments at the value of `section` that contains them.

    Args:
        section: the section.
        path: the keys that lead to the value.
        arguments: the names of the arguments.

    Raises:
        SpecError: instead of an `ArgumentError` about one of them.
    """
    try:
        yield
    except ArgumentError as error:
        if error.argument not in arguments:
            raise
        node = section
        for key in path:
            node = node.entries[key]
        raise SpecError([problem_at(node, error.message, error.suggestion)]) from error


def _argument(node: Node, name: str) -> Node | None:
    parts = split_component(node) if node.is_mapping else None
    if parts is None or parts[1] is None:
        return None
    # A source may accept `target` for a single one of `targets`.
    return parts[1].get(name) or parts[1].get(name.removesuffix("s"))
