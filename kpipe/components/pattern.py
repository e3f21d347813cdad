"""The regular expressions that a spec may pass on: those that no text makes slow to search for."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"(?:[A-Za-z0-9_/$^-]|\.\*?)*\Z")
_MOST_LENGTH, _MOST_STARS = 200, 3


def pattern_fault(text: str) -> str | None:
    r"""Why a regular expression is refused, as the end of a message, or None where it is allowed.

    Nested quantifiers make Python's search take a time that doubles with each character of the text it is tried on.

    Example:
        >>> pattern_fault("^head/.*kernel$"), pattern_fault("(a+)+$")[:36]
        (None, 'a pattern is letters, digits, _ / - ')
    """
    if len(text) <= _MOST_LENGTH and text.count("*") <= _MOST_STARS and _PLAIN.match(text):
        return None
    return (
        f"a pattern is letters, digits, _ / - . ^ $ and at most {_MOST_STARS} of .*, of at most {_MOST_LENGTH} "
        "characters, since others may take without end to search for; list several patterns instead of one"
    )
