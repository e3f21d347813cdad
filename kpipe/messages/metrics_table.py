"""Metrics of several parts of the dataset as the cells of a table."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.messages.metrics_text import number


def metrics_table(parts: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[list[str]]]:
    """Return the titles and the rows of a table with a row for each metric and a column for each part.

    Args:
        parts: metrics by the name of the part; parts without metrics get no column.

    Example:
        >>> metrics_table({"validation": {"loss": 0.5}, "test": {"loss": 0.25, "accuracy": 1.0}})
        (['', 'validation', 'test'], [['loss', '0.5000', '0.2500'], ['accuracy', '', '1.0000']])
    """
    filled = {part: metrics for part, metrics in parts.items() if metrics}
    names = dict.fromkeys(name for metrics in filled.values() for name in metrics)
    rows = [
        [name, *(number(metrics[name]) if name in metrics else "" for metrics in filled.values())] for name in names
    ]
    return ["", *filled], rows
