"""A component that compares values of a metric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A component that compares values of a metric.

    Args:
        owner: its name, such as `EarlyStopping`.
        metric: the metric.
        mode: `min` or `max` as written; None if it was not written.
        path: the path of the mode in the spec.
    """

    owner: str
    metric: str
    mode: str | None
    path: str
