"""Numbers in captions."""

from __future__ import annotations


def number_text(value: float) -> str:
    """Return a number with three digits, or as an integer above 100.

    Example:
        >>> number_text(0.012345), number_text(-1234.5), number_text(0.0), number_text(float("nan"))
        ('0.0123', '-1234', '0', 'nan')
    """
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"
