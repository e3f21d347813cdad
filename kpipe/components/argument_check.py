"""Decorator for constructors that checks arguments against the ranges in their annotations."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Annotated, Any, Literal, ParamSpec, get_args, get_origin

from kpipe.components.inspection.annotations import Alternative, alternatives, annotations_of, metadata_in
from kpipe.components.inspection.limits import Limits
from kpipe.errors import ArgumentError

P = ParamSpec("P")


def check_arguments(constructor: Callable[P, None]) -> Callable[P, None]:
    """Decorate `__init__` so that it checks its arguments against the ranges in its annotations.

    The same ranges are used to check a spec before anything is built; see `inspect_class`. Arguments whose annotation
    has no range are not checked.

    Raises:
        ArgumentError: an argument has the wrong type, is out of range, or is not finite.

    Example:
        >>> from typing import Annotated
        >>> from annotated_types import Interval
        >>> class Dropped:
        ...     @check_arguments
        ...     def __init__(self, rate: Annotated[float, Interval(ge=0, lt=1)]) -> None:
        ...         self.rate = rate
        >>> Dropped(0.5).rate
        0.5
        >>> Dropped(1.5)
        Traceback (most recent call last):
        kpipe.errors.ArgumentError: rate: out of range; expected a number of at least 0 and less than 1, got 1.5
    """
    signature = inspect.signature(constructor)

    @functools.cache
    def ranges() -> Mapping[str, Any]:
        """Return the annotations with a range, evaluated at the first call, when all names are defined."""
        hints = annotations_of(constructor)
        return {name: hint for name, hint in hints.items() if Limits.of(metadata_in(hint))}

    @functools.wraps(constructor)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            arguments = signature.bind(*args, **kwargs).arguments
        except TypeError:
            # The call below raises the error with the name of the class.
            arguments = {}
        for name, hint in ranges().items():
            if name in arguments and not fits(arguments[name], hint):
                what = "out of range" if _has_type(arguments[name], hint) else "not allowed"
                raise ArgumentError(name, f"{what}; expected {_expected(name, hint)}, got {arguments[name]!r}")
        constructor(*args, **kwargs)

    # Keras reads the signature of a layer's constructor without following `__wrapped__`.
    checked.__signature__ = signature  # type: ignore[attr-defined]
    return checked


def fits(value: Any, hint: Any) -> bool:
    """Return whether an annotation allows the type of a value and, for a number, its range.

    Example:
        >>> fits(3, int | None), fits(2.5, int | None), fits(float("nan"), float)
        (True, False, False)
    """
    return any(_fits(value, part) for part in alternatives(hint))


def _fits(value: Any, part: Alternative) -> bool:
    hint = part.hint
    origin = get_origin(hint) or hint
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in get_args(hint))
    if hint in (int, float):
        return _is_number(value, Integral if hint is int else Real) and math.isfinite(value) and value in part.limits
    if hint is Any:
        return not _is_number(value, Real) or value in part.limits
    if not inspect.isclass(origin):
        return True
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and _all_fit(value.values(), get_args(hint)[1:])
    if issubclass(origin, Iterable) and not issubclass(origin, str | bytes):
        return (
            isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) and _entries_fit(value, hint)
        )
    return isinstance(value, origin)


def _has_type(value: Any, hint: Any) -> bool:
    """Return whether a value is a number of a type that an annotation allows."""
    types = {int: Integral, float: Real}
    return any(_is_number(value, types[part.hint]) for part in alternatives(hint) if part.hint in types)


def _is_number(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _entries_fit(value: Iterable[Any], hint: Any) -> bool:
    inner, entries = get_args(hint), list(value)
    if get_origin(hint) is tuple and inner[1:] != (...,):
        return len(entries) == len(inner) and all(map(fits, entries, inner))
    return _all_fit(entries, inner[:1])


def _all_fit(values: Iterable[Any], hints: tuple[Any, ...]) -> bool:
    return all(fits(value, hint) for hint in hints for value in values)


def _expected(name: str, hint: Any) -> str:
    """Return what an annotation allows, as in messages."""
    from kpipe.components.inspection.class_info import ArgumentInfo
    from kpipe.components.inspection.inspect_class import annotated
    from kpipe.components.value_text import expected

    # If the alternatives have different ranges, a single range for all of them would be too wide.
    parts = [annotated(ArgumentInfo(name), Annotated[part.hint, *part.metadata, None]) for part in alternatives(hint)]
    is_same_range = len({part.limits for part in parts if part.types & {"int", "float"}}) <= 1
    return (
        expected(annotated(ArgumentInfo(name), hint), "None")
        if is_same_range
        else " or ".join(expected(part, "None") for part in parts)
    )
