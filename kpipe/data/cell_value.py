"""The values of cells and labels, regardless of how they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

#: An exponent of more digits makes no number: nothing that is counted or measured has one.
_EXPONENT = "[0-9]{1,15}"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?P<zeros>0*)(?P<whole>(?:[1-9][0-9]*)?)(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[+-]?{_EXPONENT}))?"
)

#: Zeros that are written out before an exponent is used, as in JavaScript's numbers.
_MOST_ZEROS = 20

_BOOLEANS = {"false": "False", "true": "True"}


def cell_value(text: str) -> str:
    """The shortest form of a value: two strings are the same value if their shortest forms are the same string.

    Decimal numbers lose a plus sign, spaces around them, zeros after the point that change nothing, and a small
    exponent; they are compared as exact decimals, so identifiers of any length keep all digits. A number with leading
    zeros (`017`), `nan`, `inf` and everything else are strings, and stay as they are.

    Args:
        text: one cell of a table, or one label.

    Example:
        >>> [cell_value(text) for text in ("1.0", "+1", "1e0", " 1.50", "-0", ".5", "017", "red ")]
        ['1', '1', '1', '1.5', '0', '0.5', '017', 'red ']
    """
    match = _matched(text)
    return text if match is None or _leads_with_zero(match) else _shortest(match)


def is_whole(text: str) -> bool:
    """Whether a string is a number without a fraction; leading zeros do not matter here.

    Example:
        >>> [is_whole(text) for text in ("1.0", "017", "15e-1", "red")]
        [True, True, False, False]
    """
    match = _matched(text)
    return match is not None and not ({".", "-"} & set(_shortest(match).lstrip("-")))


def is_number(text: str) -> bool:
    """Whether a string is a decimal number, with or without leading zeros.

    Example:
        >>> [is_number(text) for text in ("-1.5", "007", "1e5", "nan", "1,5", "")]
        [True, True, True, False, False, False]
    """
    return _matched(text) is not None


def boolean(text: str) -> str | None:
    """`True` or `False` for these words in any case, as programs write them into files; None for another string.

    Example:
        >>> [boolean(text) for text in ("true", "FALSE", "yes")]
        ['True', 'False', None]
    """
    return _BOOLEANS.get(text.strip().lower())


def distinct(texts: Iterable[str]) -> list[str]:
    """The different values among some strings, each in its shortest form: numbers by size, all others as strings.

    Texts that are all booleans are those of a boolean column, where `true` and `True` are the same.

    Example:
        >>> distinct(["10", "9", "9.0", "1"]), distinct(["true", "FALSE", "True"]), distinct(["b", "10", "9"])
        (['1', '9', '10'], ['False', 'True'], ['10', '9', 'b'])
    """
    different = set(texts)
    flags = {boolean(text) for text in different}
    if None not in flags:
        return sorted(flag for flag in flags if flag is not None)
    values = {cell_value(text) for text in different}
    if all(map(is_number, values)):
        return sorted(values, key=lambda text: (Decimal(text.strip()), text))
    return sorted(values)


def _matched(text: str) -> re.Match[str] | None:
    match = _NUMBER.fullmatch(text.strip())
    has_digits = match is not None and (match["zeros"] or match["whole"] or match["part"])
    return match if has_digits else None


def _leads_with_zero(match: re.Match[str]) -> bool:
    zeros, whole = match["zeros"], match["whole"]
    return len(zeros) > 1 or bool(zeros and whole)


def _shortest(match: re.Match[str]) -> str:
    part = match["part"] or ""
    digits = (match["whole"] + part).lstrip("0")
    if not digits:
        return "0"
    kept = digits.rstrip("0")
    power = int(match["power"] or 0) - len(part) + len(digits) - len(kept)
    return ("-" if match["sign"] == "-" else "") + _written(kept, power)


def _written(digits: str, power: int) -> str:
    """Digits times a power of ten, without an exponent where few zeros stand in for it."""
    point = len(digits) + power
    if 0 <= power <= _MOST_ZEROS:
        return digits + "0" * power
    if power < 0 < point:
        return f"{digits[:point]}.{digits[point:]}"
    if power < 0 and -point <= _MOST_ZEROS:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1}"
