"""Exact conversion of Python values to marked nodes."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node, Scalar
from kpipe.spec.yaml_text.yaml_reader import MAX_DEPTH, MAX_NODES, MAX_PATH, forbidden_character

_ALLOWED = "None, a boolean, a number, a string, a path, a list, a tuple or a mapping"
_MOST_BITS = 13_000  # about 4,000 digits, the limit of the YAML reader
_REMEDIES = {
    "ndarray": "convert it with tolist()",
    "Tensor": "convert it with float(...), or with numpy().tolist()",
    "EagerTensor": "convert it with float(...), or with numpy().tolist()",
    "longdouble": "convert it with float(...)",
    "date": "convert it with isoformat()",
    "datetime64": "convert it with str(...)",
    "bytes": "decode it",
    "bytearray": "decode it",
    "bytes_": "decode it",
    "set": "a set has no order, so use a list",
    "frozenset": "a set has no order, so use a list",
    "range": "convert it with list(...)",
    "generator": "convert it with list(...)",
    "Decimal": "convert it with float(...)",
    "Fraction": "convert it with float(...)",
    "complex": "use two numbers, its real and imaginary part",
}


def from_python(value: object, mark: Mark, path: str) -> Node:
    """Return a Python value as a marked node, as if it were written in a spec.

    NumPy scalars and arrays without axes are converted to Python numbers or strings of exactly the same value:
    `np.float32(0.1)` is 0.10000000149011612. Members of enumerations are replaced by their values, paths by strings,
    and tuples by lists. Keys of a mapping are strings, integers or finite numbers, and are converted to strings as in
    YAML. NaN and infinity are YAML's `.nan` and `.inf`, which are allowed only as arguments of components.

    Args:
        value: the value.
        mark: its place, for messages.
        path: dotted path of the node.

    Raises:
        SpecError: the value or a value inside it has another type, contains itself, or has no exact representation.

    Example:
        >>> from enum import Enum
        >>> Momentum = Enum("Momentum", {"LOW": 0.01})
        >>> mark = Mark("overrides['vars.a']", 1, 1, 1, 2)
        >>> from_python((1, {"a": Momentum.LOW}), mark, "vars.a").plain()
        [1, {'a': 0.01}]
    """
    return _Conversion(mark, path).node(value, path, 0)


def key_from_python(key: object, mark: Mark, path: str) -> str:
    """Return a key of a mapping as a string.

    Raises:
        SpecError: the key is not a string, an integer or a finite number.
    """
    while isinstance(key, Enum):
        key = key.value
    plain = _scalar(key)
    is_key = isinstance(plain, str | int | float) and not (isinstance(plain, float) and not math.isfinite(plain))
    if not is_key:
        message = f"invalid key; expected a string or a number, got {_type_name(key)} ({_shown(key)})"
        raise SpecError([Problem(mark, path, message)])
    _refuse_unwritable(plain, mark, path)
    return str(plain)


class _Conversion:
    """Converts a value and the values inside it, and counts them."""

    def __init__(self, mark: Mark, root: str) -> None:
        self.mark, self.root, self.count = mark, root, 0

    def node(self, value: object, path: str, depth: int) -> Node:
        self.count += 1
        if depth > MAX_DEPTH:
            raise self._error(self.root, f"nested too deeply; expected at most {MAX_DEPTH} levels")
        if self.count > MAX_NODES:
            raise self._error(self.root, f"too many values; expected at most {MAX_NODES:,}")
        if len(path) > MAX_PATH:
            message = f"the keys of a value are too long; expected at most {MAX_PATH:,} characters in total"
            raise self._error(f"{self.root[:60]}", message)
        if isinstance(value, Enum):  # before int and str, which an Enum can also be
            return self.node(value.value, path, depth + 1)
        if isinstance(value, Mapping):
            return Node(self._entries(value, path, depth), self.mark)
        if isinstance(value, list | tuple):
            return Node([self.node(item, f"{path}.{i}", depth + 1) for i, item in enumerate(value)], self.mark)
        plain = _scalar(value)
        if isinstance(plain, _Unsupported):
            raise self._error(path, plain.message)
        _refuse_unwritable(plain, self.mark, path)
        return Node(plain, self.mark)

    def _entries(self, value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key, entry in value.items():
            name = key_from_python(key, self.mark, path)
            if name in entries:
                raise self._error(path, f"the key {name!r} appears twice, once as a string and once as a number")
            entries[name] = self.node(entry, f"{path}.{name}".lstrip("."), depth + 1)
        return entries

    def _error(self, path: str, message: str) -> SpecError:
        return SpecError([Problem(self.mark, path, message)])


class _Unsupported:
    """A value of a type that a spec cannot contain, with the message about it."""

    def __init__(self, value: object) -> None:
        remedy = next((_REMEDIES[t.__name__] for t in type(value).__mro__ if t.__name__ in _REMEDIES), "")
        message = f"invalid value; expected {_ALLOWED}, got {_type_name(value)}"
        self.message = message + (f"; {remedy}" if remedy else "")


def _scalar(value: object) -> Scalar | _Unsupported:
    # NumPy's float64 is a subclass of float, and its str_ of str.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, PurePath):
        return str(value)
    return _numpy_scalar(value)


def _numpy_scalar(value: object) -> Scalar | _Unsupported:
    numpy = sys.modules.get("numpy")  # if NumPy has not been imported, this is not a NumPy value
    if numpy is None or not isinstance(value, numpy.generic | numpy.ndarray) or value.shape != ():
        return _Unsupported(value)
    if isinstance(value, numpy.ma.MaskedArray):
        return _Unsupported(value)
    item: Any = value.item()
    if isinstance(item, bool | int | str) or (isinstance(item, float) and value.dtype.kind == "f"):
        return item
    if value.dtype.kind == "f" and bool(float(value) == value):
        return float(value)
    return _Unsupported(value)


def _refuse_unwritable(plain: object, mark: Mark, path: str) -> None:
    if isinstance(plain, int) and plain.bit_length() > _MOST_BITS:
        raise SpecError([Problem(mark, path, "the integer is too large; expected at most 4,000 digits")])
    if isinstance(plain, str) and (code := forbidden_character(plain)):
        raise SpecError([Problem(mark, path, f"the string contains {code}, which a spec cannot contain; remove it")])


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
