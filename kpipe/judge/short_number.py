"""Numbers in overrides."""

from __future__ import annotations


def short_number(number: float) -> str:
    """Return a number with two digits, with the point that some readers of YAML require before an exponent.

    Args:
        number: a number above 0; from 100 on, it is rounded to an integer.

    Example:
        >>> short_number(0.0123), short_number(1e-5), short_number(123.4)
        ('0.012', '1.0e-05', '123')
    """
    text = f"{number:.2g}" if number < 100 else f"{number:.0f}"
    return text if "." in text else text.replace("e", ".0e")
