"""Metrics, numbers and time spans as text."""

from __future__ import annotations

from kpipe.messages.escaped import escaped


def metrics_text(metrics: dict[str, float]) -> str:
    """Return metrics as one line.

    Example:
        >>> metrics_text({"loss": 0.123456, "accuracy": 0.5})
        'loss 0.1235  accuracy 0.5000'
    """
    return "  ".join(f"{escaped(name)} {number(value)}" for name, value in metrics.items())


def number(value: float) -> str:
    """Return a number with four digits, with an exponent if it is very small or large."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """Return a time span in its two largest units.

    Example:
        >>> duration(3.21), duration(75), duration(7260)
        ('3.2 s', '1 min 15 s', '2 h 01 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
