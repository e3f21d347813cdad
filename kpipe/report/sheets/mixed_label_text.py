"""Labels of mixed samples as captions."""

from __future__ import annotations

from kpipe.report.sheets.shares import shares


def mixed_label_text(own: str, other: str, weight: float) -> str:
    """Return the captions of both labels of a mixed sample with their shares, or one caption if they are equal.

    Args:
        own: the caption of the sample.
        other: the caption of its partner.
        weight: the weight of `own`, in [0, 1].

    Example:
        >>> mixed_label_text("cat", "dog", 0.7), mixed_label_text("cat", "cat", 0.7)
        ('0.70 cat + 0.30 dog', 'cat')
        >>> mixed_label_text("cat", "dog", 0.002), mixed_label_text("cat", "dog", 1.0)
        ('<0.01 cat + >0.99 dog', 'cat')
        >>> mixed_label_text("sky, sea", "sand", 0.5)
        '0.50 (sky, sea) + 0.50 sand'
    """
    if own == other or weight in (0, 1):
        return own if weight else other
    share, rest = shares(weight)
    return f"{share} {_enclosed(own)} + {rest} {_enclosed(other)}"


def _enclosed(text: str) -> str:
    return f"({text})" if "," in text and not text.startswith("[") else text
