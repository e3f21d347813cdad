"""The notice about the positive class of metrics for two classes."""

from __future__ import annotations

from kpipe.messages.escaped import escaped
from kpipe.metrics._class_metric import ClassMetric
from kpipe.train.objective.objective import Objective


def positive_class(objective: Objective) -> list[str]:
    """Return a notice for each target of two exclusive classes whose metrics use the second one as the positive class.

    Args:
        objective: the losses and metrics of the targets.
    """
    lines = []
    for name, item in objective.targets.items():
        metrics = [entry for entry in item.make_metrics() if isinstance(entry, ClassMetric)]
        names = [entry.name for entry in metrics if entry.takes_second_class]
        if names:
            target = f"target {escaped(name)}: " if len(objective.targets) > 1 else ""
            positive = escaped((item.target.classes or ("", ""))[1])
            lines.append(f"{target}{', '.join(names)}: the positive class is {positive}; class_id: 0 selects the other")
    return lines
