"""Check of regular expressions in a spec, which must not require exponential time."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"(?:[A-Za-z0-9_/$^-]|\.\*?)*\Z")
_MOST_LENGTH, _MOST_STARS = 200, 3


def pattern_fault(text: str) -> str | None:
    r"""Return what is expected instead of a regular expression, as the end of a message; None if it is allowed.

    With nested quantifiers, the time of Python's search can double with each character of the searched string.

    Example:
        >>> pattern_fault("^head/.*kernel$"), pattern_fault("(a+)+$")[:36]
        (None, 'expected at most 200 characters: let')
    """
    if len(text) <= _MOST_LENGTH and text.count("*") <= _MOST_STARS and _PLAIN.match(text):
        return None
    return (
        f"expected at most {_MOST_LENGTH} characters: letters, digits, _ / - . ^ $ and at most {_MOST_STARS} times .* "
        "(searching for other patterns can take exponential time); use a list of simpler patterns"
    )
