"""Evaluation of annotations, and the alternatives that an annotation allows."""

from __future__ import annotations

import contextlib
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from kpipe.components.inspection.limits import Limits


@dataclass(frozen=True, slots=True)
class Alternative:
    """One type that an annotation allows.

    Args:
        hint: a type, a `Literal`, or a generic type with its arguments, such as `list[int]`.
        metadata: the metadata of `Annotated`, the outermost last.

    Example:
        >>> from annotated_types import Ge
        >>> [str(part.limits) for part in alternatives(Annotated[int, Ge(1)] | None)]
        ['at least 1', '']
    """

    hint: Any
    metadata: tuple[Any, ...] = ()

    @property
    def limits(self) -> Limits:
        """The limits of numbers."""
        return Limits.of(self.metadata)


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the evaluated annotations of a function by parameter, with the metadata of `Annotated`.

    Args:
        function: a function, or a class, which stands for its constructor. Annotations that cannot be evaluated at
            run time are omitted.
    """
    function = function.__init__ if inspect.isclass(function) else function
    names = getattr(inspect.unwrap(function), "__globals__", {})
    found: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        # Annotations are evaluated one by one, so that an invalid one does not affect the others.
        with contextlib.suppress(Exception):
            holder = types.SimpleNamespace(__annotations__={name: annotation})
            found |= get_type_hints(holder, globalns=names, include_extras=True)
    return found


def alternatives(hint: Any, metadata: tuple[Any, ...] = ()) -> Iterator[Alternative]:
    """Yield the alternatives of an annotation, including the members of nested unions and type aliases."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *own = get_args(hint)
        yield from alternatives(inner, (*own, *metadata))
    elif origin in (Union, types.UnionType):
        for part in get_args(hint):
            yield from alternatives(part, metadata)
    elif hasattr(hint, "__value__"):  # `type Rate = ...` of Python 3.12
        yield from alternatives(hint.__value__, metadata)
    else:
        yield Alternative(hint, metadata)


def metadata_in(hint: Any) -> Iterator[Any]:
    """Yield the metadata of `Annotated` in an annotation, at any depth."""
    for part in alternatives(hint):
        yield from part.metadata
        for inner in get_args(part.hint):
            yield from metadata_in(inner)
