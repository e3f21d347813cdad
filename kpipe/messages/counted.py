"""Numbers with a noun in the singular or plural."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with a noun in the singular or plural.

    Args:
        number: the number.
        noun: the noun in the singular.
        plural: its plural, by default with the suffix `s`.

    Example:
        >>> counted(1, "row"), counted(1_200, "row")
        ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
