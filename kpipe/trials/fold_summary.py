"""The summary of a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.messages.metrics_text import duration, number
from kpipe.messages.table import table


def fold_summary(result: Mapping[str, Any], folder: str) -> str:
    """Return the summary of a cross-validation: the metrics of each fold, their mean and their standard deviation.

    Args:
        result: the contents of `result.json`.
        folder: its folder.

    Example:
        >>> runs = [{"status": "completed", "best_epoch": 1, "validation": {"loss": loss}} for loss in (1.0, 3.0)]
        >>> result = {"name": "a", "folds": 2, "status": "completed", "validation": {"loss": 2.0}, "seconds": 3}
        >>> print(fold_summary({**result, "runs": runs, "deviation": {"loss": 1.4142}}, "runs/a/1"))
        a: 2 folds, completed, 3.0 s of training
        <BLANKLINE>
                   epoch    loss
        1              1  1.0000
        2              1  3.0000
        mean              2.0000
        deviation         1.4142
        <BLANKLINE>
        run folder: runs/a/1
    """
    runs, names = result["runs"], list(dict.fromkeys(name for run in result["runs"] for name in run["validation"]))
    is_complete = result["status"] == "completed"
    rows = []
    for index, run in enumerate(runs, start=1):
        epoch = "" if run["best_epoch"] is None else str(run["best_epoch"])
        status = [] if is_complete else [str(run["status"]).replace("_", " ")]
        rows.append([str(index), *status, epoch, *(_text(run["validation"].get(name)) for name in names)])
    if result["validation"]:
        empty = [""] if is_complete else ["", ""]
        for title, values in (("mean", result["validation"]), ("deviation", result["deviation"])):
            rows.append([title, *empty, *(_text(values.get(name)) for name in names)])
    header = ["", *([] if is_complete else ["status"]), "epoch", *names]
    first = f"{escaped(result['name'])}: {counted(result['folds'], 'fold')}, {result['status']}"
    lines = [f"{first}, {duration(result['seconds'])} of training", "", *table(header, rows)]
    return "\n".join([*lines, "", f"run folder: {escaped(folder)}"])


def _text(value: float | None) -> str:
    return "" if value is None else number(value)
