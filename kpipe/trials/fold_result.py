"""The result of a cross-validation, as in its `result.json`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.spec.spec import Spec
from kpipe.trials.outcome import Outcome

#: Statuses of runs that have trained to their end.
FINISHED = ("completed", "stopped_early")


def fold_result(
    spec: Spec, outcomes: Mapping[str, Outcome], started: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the result as plain data.

    The mean and the standard deviation are those of the kept models of all folds: `sqrt(sum((x - mean)^2) / (k - 1))`
    for `k` folds. They are empty unless all folds have finished.

    Args:
        spec: the spec of the cross-validation.
        outcomes: how the run of each fold ended, by the path of its folder, in order.
        started: an entry for each start.

    Returns:
        `status` (`completed`, `interrupted` or `failed`), `folds` (their number), `validation` {metric: mean},
        `deviation` {metric: standard deviation}, `runs` (a list with `fold`, `folder`, `status`, `epochs`,
        `best_epoch`, `validation` {metric: value} and, if it failed, `error`), `seconds` (the sum),
        `seed`, and `started`.

    Example:
        >>> from kpipe.spec.reader import read
        >>> spec = read("kpipe:digits", {"data.validation": 0, "data.folds": 2})
        >>> results = [{"epochs": 1, "best_epoch": 1, "validation": {"loss": loss}, "seconds": 3} for loss in (1, 3)]
        >>> runs = {f"folds/{n}": Outcome(id="", status="completed", result=results[n - 1]) for n in (1, 2)}
        >>> found = fold_result(spec, runs)
        >>> found["validation"], round(found["deviation"]["loss"], 3), found["seconds"]
        ({'loss': 2.0}, 1.414, 6)
    """
    runs = [_run(number, folder, outcome) for number, (folder, outcome) in enumerate(outcomes.items(), start=1)]
    values = _values(runs)
    return {
        "name": spec.name,
        "status": _status(outcomes.values()),
        "folds": len(runs),
        "validation": {name: statistics.fmean(found) for name, found in values.items()},
        "deviation": {name: statistics.stdev(found) for name, found in values.items()},
        "runs": runs,
        "seconds": round(sum(outcome.result["seconds"] for outcome in outcomes.values() if outcome.result), 3),
        "seed": spec.seed,
        "started": [*started],
    }


def _run(number: int, folder: str, outcome: Outcome) -> dict[str, Any]:
    result = outcome.result or {}
    entry = {
        "fold": number,
        "folder": folder,
        "status": outcome.status,
        "epochs": outcome.epochs,
        "best_epoch": result.get("best_epoch"),
        "validation": dict(result.get("validation", {})),
    }
    return entry if outcome.status in FINISHED else {**entry, "error": outcome.reason}


def _values(runs: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the values of each metric that all folds have; none if a fold has not finished."""
    if any(run["status"] not in FINISHED for run in runs):
        return {}
    found = {name: [run["validation"].get(name) for run in runs] for name in runs[0]["validation"]}
    return {name: values for name, values in found.items() if all(_is_finite(value) for value in values)}


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _status(outcomes: Any) -> str:
    statuses = {outcome.status for outcome in outcomes} - {*FINISHED}
    if not statuses:
        return "completed"
    return "interrupted" if statuses <= {"interrupted"} else "failed"
