"""Metrics of exclusive classes that kpipe 0.1.0 computed differently."""

from __future__ import annotations

from kpipe.errors import DataError
from kpipe.metrics._class_metric import ClassMetric
from kpipe.metrics.fbeta_score import FBetaScore
from kpipe.run_files import RunFile
from kpipe.train.objective.class_metrics import class_metrics
from kpipe.train.objective.objective import Objective, TargetObjective
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_pooled_metrics(folder: RunFolder, objective: Objective) -> None:
    """Refuse to resume a run whose metrics counted the columns of all classes together, as kpipe 0.1.0 did.

    Args:
        folder: the run folder of the earlier start; its `data.json` lists the metrics of exclusive classes, unless
            kpipe 0.1.0 wrote it.
        objective: the current objective.

    Raises:
        DataError: the meaning of a metric has changed.
    """
    if not (folder / RunFile.DATA).exists():
        return
    targets = folder.read_json(RunFile.DATA).get("targets", {})
    for name, item in objective.targets.items():
        names = class_metrics(item)
        if names and "class_metrics" not in targets.get(name, {}):
            raise DataError(
                f"{folder.path} contains a run of an earlier version of kpipe, in which {_reason(item)}; start again "
                "in another folder"
            )


def _reason(item: TargetObjective) -> str:
    """Return what has changed: Keras' F1 and F-beta are computed per class, the other metrics pooled all columns."""
    metrics = [metric for metric in item.make_metrics() if isinstance(metric, ClassMetric)]
    pooled = [metric.name for metric in metrics if not isinstance(metric, FBetaScore)]
    if pooled:
        return (
            f"{', '.join(pooled)} counted the columns of all classes together; now they compare one class with the "
            "rest, or average over the classes"
        )
    names = ", ".join(metric.name for metric in metrics)
    return f"{names} were computed by the classes of Keras; now those of kpipe are used, which round differently"
