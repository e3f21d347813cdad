"""Text in pictures."""

from __future__ import annotations

from typing import Any

from kpipe.messages.shortened import shortened


def figure_text(value: Any, length: int = 40) -> str:
    r"""Return a value as text of a picture, without formulas and without characters that the font does not have.

    Args:
        value: a number, a Boolean or a string.
        length: the largest number of characters, at least 4.

    Example:
        >>> figure_text(0.00123456), figure_text(True), figure_text("a$b$"), figure_text("\u4e00")
        ('0.001235', 'true', 'a\\$b\\$', '?')
    """
    from matplotlib.font_manager import findfont, get_font

    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
    text = shortened(text, length)
    known = get_font(findfont("DejaVu Sans")).get_charmap()
    return "".join(character if ord(character) in known else "?" for character in text).replace("$", r"\$")
