"""The summary of a finished run."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.messages.escaped import escaped
from kpipe.messages.metrics_table import metrics_table
from kpipe.messages.metrics_text import duration, number
from kpipe.messages.table import table
from kpipe.train.averaging.averaged_title import averaged_title
from kpipe.train.objective.per_class_metrics import PerClassMetrics

#: Up to this number of classes, every class and the whole confusion matrix are printed.
MAX_CLASSES = 12
_WIDTH = 80
_STATUS = {
    "completed": "completed",
    "stopped_early": "stopped early",
    "exploded": "exploded",
    "paused": "paused",
    "pruned": "pruned",
    "interrupted": "interrupted",
    "failed": "failed",
}


def summary(result: Mapping[str, Any], classes: Mapping[str, PerClassMetrics], folder: str) -> str:
    """Return the summary of a run: the epoch that was kept, its metrics, those of each class, and the run folder.

    Args:
        result: the contents of `result.json`.
        classes: the metrics of each class by target name.
        folder: the run folder.

    Returns:
        Lines of at most 80 characters, except for the line of the folder.
    """
    lines = [f"{escaped(result['name'])}: {_STATUS[result['status']]} after {_time(result)}"]
    lines += textwrap.wrap(escaped(result.get("stop_reason", "")), _WIDTH)
    lines += _kept(result)
    lines += [_explosion(event) for event in result.get("explosions", ())]
    lines += _metrics(result)
    for name, metrics in classes.items():
        subject = f" of {escaped(name)}" if len(classes) > 1 else ""
        lines += ["", f"{result['figures_of']}: each class{subject}", *class_lines(metrics)]
        lines += confusion_lines(metrics)
    return "\n".join([*lines, "", f"run folder: {escaped(folder)}"])


def _time(result: Mapping[str, Any]) -> str:
    epochs = result["epochs"]
    return f"{epochs} epoch{'' if epochs == 1 else 's'}, {duration(result['seconds'])}"


def _kept(result: Mapping[str, Any]) -> list[str]:
    if result["best_epoch"] is None:
        return ["no model was kept"]
    step = f", step {result['best_step']}" if result.get("best_step") is not None else ""
    return [f"kept: epoch {result['best_epoch']}{step} ({result['chosen_by']})"]


def _explosion(event: Mapping[str, Any]) -> str:
    loss = number(event["loss"]) if isinstance(event["loss"], float) else event["loss"]
    what = "weights not finite" if loss is None else f"loss {loss}"
    good = "" if event["good_step"] is None else f", back to step {event['good_step']}"
    return f"exploded: step {event['step']} of epoch {event['epoch']}, {what}; {event['action']}{good}"


def _metrics(result: Mapping[str, Any]) -> list[str]:
    parts = {part: result[part] for part in ("validation", "test")}
    if averaged := result.get("test_averaged"):
        parts[averaged_title("test", averaged)] = averaged["metrics"]
    header, rows = metrics_table(parts)
    return ["", *table(header, rows)] if rows else []


def class_lines(metrics: PerClassMetrics) -> list[str]:
    """Return the metrics of each class as a table; if there are many classes, only those with the lowest f1."""
    order: Sequence[int] = range(len(metrics.classes))
    header = ["class", "precision", "recall", "f1", "samples"]
    note = []
    if len(order) > MAX_CLASSES:
        order = [int(index) for index in np.argsort(metrics.f1, kind="stable")[:MAX_CLASSES]]
        note = [f"(the {MAX_CLASSES} of {len(metrics.classes)} classes with the lowest f1)"]
    rows = [
        [
            metrics.classes[index],
            f"{metrics.precision[index]:.4f}",
            f"{metrics.recall[index]:.4f}",
            f"{metrics.f1[index]:.4f}",
            str(metrics.support[index]),
        ]
        for index in order
    ]
    return [*table(header, rows), *note]


def confusion_lines(metrics: PerClassMetrics) -> list[str]:
    """Return the confusion matrix as a table; if there are many classes, the pairs that are confused most often."""
    if metrics.confusion is None:
        return []
    if len(metrics.classes) <= MAX_CLASSES:
        lines = _confusion_matrix(metrics.classes, metrics.confusion.matrix())
        if max(map(len, lines)) <= _WIDTH:
            return ["", "confusion matrix: rows are the true classes, columns the predicted classes", *lines]
    pairs = metrics.confusion.most_frequent(10)
    if not pairs:
        return []
    listed = [[true, predicted, str(count)] for true, predicted, count in pairs]
    return ["", "confused most often", *table(["true", "predicted", "samples"], listed)]


def _confusion_matrix(classes: Sequence[str], confusion: npt.NDArray[Any]) -> list[str]:
    rows = [
        [f"{index} {name}", *map(str, row)]
        for index, (name, row) in enumerate(zip(classes, confusion.tolist(), strict=True))
    ]
    return table(["true \\ predicted", *map(str, range(len(classes)))], rows, longest=24)
