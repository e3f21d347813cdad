"""Plain scalars of YAML by the YAML 1.2 core schema.

PyYAML resolves types by YAML 1.1, where `no` is false, `1e-3` is a string and `3:32` is 212.
"""

from __future__ import annotations

import math
import re
import sys

from kpipe.spec.node import Scalar

_MOST_DIGITS = 4_000  # Python refuses to print integers of more than 4,300 digits
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_OCTAL = re.compile(r"0o[0-7]+$")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)$")
_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def scalar(text: str) -> Scalar:
    """Return the value of a plain scalar in the YAML 1.2 core schema.

    Example:
        >>> [scalar(t) for t in ("1e-3", "yes", "017", "0x1F", "null")]
        [0.001, 'yes', '017', 31, None]
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text) if len(text) <= _MOST_DIGITS else text
    if _OCTAL.match(text):
        return int(text[2:], 8) if len(text) <= _MOST_DIGITS else text
    if _HEXADECIMAL.match(text):
        return int(text[2:], 16) if len(text) <= _MOST_DIGITS * 3 // 4 else text
    if _FLOAT.match(text):
        return float(text)
    if match := _INFINITE.match(text):
        return float("-inf") if match[1] == "-" else float("inf")
    return text


def number_fault(text: str, value: Scalar) -> str | None:
    """Return why a number cannot be read exactly; None if it can.

    Args:
        text: the plain scalar.
        value: its value by `scalar`.

    Example:
        >>> number_fault("1e999", scalar("1e999"))
        '1e999 is beyond the largest number, 1.8e+308; write .inf for infinity'
    """
    if isinstance(value, float) and not math.isfinite(value) and text[-1].isdigit():
        return f"{_short(text)} is beyond the largest number, {sys.float_info.max:.2g}; write .inf for infinity"
    if value == 0 and isinstance(value, float) and re.search("[1-9]", re.split("[eE]", text)[0]):
        return f"{_short(text)} is below the smallest positive number, {5e-324}; write 0"
    if isinstance(value, str) and (_INTEGER.match(text) or _OCTAL.match(text) or _HEXADECIMAL.match(text)):
        return f"{_short(text)} has more than {_MOST_DIGITS:,} digits; quote it if it is a string"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
