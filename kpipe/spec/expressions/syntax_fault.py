"""What is wrong with an expression that Python cannot parse."""

from __future__ import annotations

import re

#: Messages of Python that are more precise than `invalid syntax`, and the same in all versions.
_PRECISE = re.compile(r"was never closed|unmatched|does not match opening|unterminated string literal")


def syntax_fault(text: str, error: Exception) -> str:
    """Return the message about an expression that Python cannot parse, with the place if Python states the reason.

    Args:
        text: the expression as it is written; its spaces at the beginning are counted.
        error: what `ast.parse` raised for the expression without surrounding spaces.

    Example:
        >>> import ast
        >>> try:
        ...     ast.parse("2 * log(q", mode="eval")
        ... except SyntaxError as error:
        ...     syntax_fault("2 * log(q", error)
        "'(' was never closed, at character 8"
    """
    if not isinstance(error, SyntaxError) or not _PRECISE.search(error.msg):
        return "invalid syntax"
    character = len(text) - len(text.lstrip()) + (error.offset or 1)
    return f"{error.msg.partition(' (detected')[0]}, at character {character}"
