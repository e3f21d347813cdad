"""The message about a metric that a training does not have."""

from __future__ import annotations

from collections.abc import Sequence


def unknown_metric(name: str, names: Sequence[str], monitoring: str | None = None) -> str:
    """Return the message about a metric that a training does not have.

    Args:
        name: the name in the spec.
        names: the names that are available.
        monitoring: the class that monitors the metric; None if it is a value of a section.

    Example:
        >>> unknown_metric("val_loss", ["loss"], "EarlyStopping")
        'EarlyStopping monitors val_loss, which is not a metric of this training (there is no validation part); \
available: loss'
    """
    subject = name if monitoring is None else f"{monitoring} monitors {name}, which"
    reason = "" if any(entry.startswith("val_") for entry in names) else " (there is no validation part)"
    return f"{subject} is not a metric of this training{reason}; available: {', '.join(names)}"
