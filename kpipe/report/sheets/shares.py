"""The shares of two mixed samples."""

from __future__ import annotations


def shares(weight: float) -> tuple[str, str]:
    """Return a weight and the rest as captions that add up to 1, and that are 0.00 and 1.00 only if they are exact.

    Args:
        weight: in [0, 1].

    Example:
        >>> shares(0.575), shares(0.001), shares(1.0)
        (('0.57', '0.43'), ('<0.01', '>0.99'), ('1.00', '0.00'))
    """
    text = f"{weight:.2f}"
    if text == "0.00" and weight > 0:
        return "<0.01", ">0.99"
    if text == "1.00" and weight < 1:
        return ">0.99", "<0.01"
    return text, f"{1 - float(text):.2f}"
