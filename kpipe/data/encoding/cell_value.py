"""Comparison of table cells and labels by value instead of spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

#: A string with a longer exponent is not read as a number; real data does not contain such exponents.
_EXPONENT = "[0-9]{1,15}"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?P<zeros>0*)(?P<integer>(?:[1-9][0-9]*)?)(?:\.(?P<fraction>[0-9]*))?(?:[eE](?P<power>[+-]?{_EXPONENT}))?"
)

#: Numbers with more zeros are written with an exponent, as in JavaScript.
_MAX_ZEROS = 20

_BOOLEANS = {"false": "False", "true": "True"}


def cell_value(text: str) -> str:
    """Return the shortest form of a value; strings with the same shortest form are equal.

    Decimal numbers are written without a plus sign, surrounding spaces, trailing zeros after the decimal point, and
    small exponents. They are exact decimals, so identifiers of any length keep all digits. Numbers with leading zeros
    (`017`), `nan`, `inf` and all other strings are returned unchanged.

    Args:
        text: one cell of a table, or one label.

    Example:
        >>> [cell_value(text) for text in ("1.0", "+1", "1e0", " 1.50", "-0", ".5", "017", "red ")]
        ['1', '1', '1', '1.5', '0', '0.5', '017', 'red ']
    """
    match = _matched(text)
    return text if match is None or _has_leading_zeros(match) else _shortest(match)


def is_integer(text: str) -> bool:
    """Return whether a string is a number without a fractional part; leading zeros are allowed.

    Example:
        >>> [is_integer(text) for text in ("1.0", "017", "15e-1", "red")]
        [True, True, False, False]
    """
    match = _matched(text)
    return match is not None and not ({".", "-"} & set(_shortest(match).lstrip("-")))


def is_number(text: str) -> bool:
    """Return whether a string is a decimal number, with or without leading zeros.

    Example:
        >>> [is_number(text) for text in ("-1.5", "007", "1e5", "nan", "1,5", "")]
        [True, True, True, False, False, False]
    """
    return _matched(text) is not None


def boolean(text: str) -> str | None:
    """Return `True` or `False` as a string if the text is one of them in any case; None for other strings.

    Example:
        >>> [boolean(text) for text in ("true", "FALSE", "yes")]
        ['True', 'False', None]
    """
    return _BOOLEANS.get(text.strip().lower())


def distinct(strings: Iterable[str]) -> list[str]:
    """Return the distinct values of strings in their shortest form, sorted by size if all of them are numbers.

    Other values are sorted as strings. Booleans are merged only if every string is a boolean.

    Texts that are all booleans are those of a boolean column, where `true` and `True` are the same.

    Example:
        >>> distinct(["10", "9", "9.0", "1"]), distinct(["true", "FALSE", "True"]), distinct(["b", "10", "9"])
        (['1', '9', '10'], ['False', 'True'], ['10', '9', 'b'])
    """
    unique = set(strings)
    flags = {boolean(text) for text in unique}
    if None not in flags:
        return sorted(flag for flag in flags if flag is not None)
    values = {cell_value(text) for text in unique}
    if all(map(is_number, values)):
        return sorted(values, key=lambda text: (Decimal(text.strip()), text))
    return sorted(values)


def _matched(text: str) -> re.Match[str] | None:
    match = _NUMBER.fullmatch(text.strip())
    has_digits = match is not None and (match["zeros"] or match["integer"] or match["fraction"])
    return match if has_digits else None


def _has_leading_zeros(match: re.Match[str]) -> bool:
    zeros, integer = match["zeros"], match["integer"]
    return len(zeros) > 1 or bool(zeros and integer)


def _shortest(match: re.Match[str]) -> str:
    fraction = match["fraction"] or ""
    digits = (match["integer"] + fraction).lstrip("0")
    if not digits:
        return "0"
    kept = digits.rstrip("0")
    power = int(match["power"] or 0) - len(fraction) + len(digits) - len(kept)
    return ("-" if match["sign"] == "-" else "") + _format(kept, power)


def _format(digits: str, power: int) -> str:
    """Format digits times a power of ten, with an exponent only if it would need more than `_MAX_ZEROS` zeros."""
    point = len(digits) + power
    if 0 <= power <= _MAX_ZEROS:
        return digits + "0" * power
    if power < 0 < point:
        return f"{digits[:point]}.{digits[point:]}"
    if power < 0 and -point <= _MAX_ZEROS:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1}"
