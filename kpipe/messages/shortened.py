"""Long text on one line of a terminal."""

from __future__ import annotations


def shortened(text: str, length: int = 40) -> str:
    """Return a text of at most some characters; three dots stand for the end of a longer one.

    Args:
        text: the text.
        length: the largest number of characters, at least 4, default 40.

    Example:
        >>> shortened("learning_rate", 10), shortened("rate", 10)
        ('learnin...', 'rate')
    """
    return text if len(text) <= length else f"{text[: length - 3]}..."
