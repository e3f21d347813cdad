"""The metrics of a target that compare exclusive classes."""

from __future__ import annotations

from kpipe.metrics._class_metric import ClassMetric
from kpipe.train.objective.objective import TargetObjective


def class_metrics(item: TargetObjective) -> list[str]:
    """Return the names of the metrics of a target that compare exclusive classes.

    Args:
        item: the objective of the target.
    """
    return [metric.name for metric in item.make_metrics() if isinstance(metric, ClassMetric)]
