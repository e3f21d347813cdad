"""Values that callbacks add to the metrics of an epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from kpipe.messages.formula_guard import FormulaGuard
from kpipe.model.column_names import RESERVED
from kpipe.run_files import RunFile

#: Schedules of Keras add it; its column contains the rate of the optimizer.
_LEARNING_RATE = "learning_rate"


class AddedMetrics:
    """Selects the values that are recorded with the metrics of an epoch, and reports the others once each.

    Keras passes the same `logs` to all callbacks at the end of an epoch, and its history contains what they add.

    Args:
        names: the names of the metrics of the training, including those of validations.
        say: receives a message about each name that is not recorded; by default there are no messages.

    Example:
        >>> AddedMetrics(["loss"], print).recorded({"loss": 0.5}, {"loss": 0.5, "gradient_norm": 2, "phase": "warm-up"})
        a callback added 'phase' to the logs of an epoch, which is not recorded; expected a finite number, got 'warm-up'
        {'gradient_norm': 2.0}
    """

    def __init__(self, names: Collection[str] = (), say: Callable[[str], None] = lambda text: None) -> None:
        self._names = {*names, *RESERVED}
        self._say = say
        self._known: set[Any] = set()

    def recorded(self, metrics: Mapping[str, float], logs: Mapping[Any, Any]) -> dict[str, float]:
        """Return the finite numbers that callbacks have added.

        Args:
            metrics: the metrics that the callbacks received.
            logs: the metrics as the callbacks left them.
        """
        found = {}
        for name, value in logs.items():
            if name == _LEARNING_RATE or (name in metrics and _is_same(value, metrics[name])):
                continue
            number = _number(value)
            if name in metrics:
                self._report(name, f"a callback changed {name!r} in the logs of an epoch; kpipe records its own value")
            elif name in self._names or not isinstance(name, str):
                self._report(name, f"{_added(name)}; expected a string that is not the name of another column")
            elif number is None:
                self._report(name, f"{_added(name)}; expected a finite number, got {_shortened(value)}")
            else:
                self._report_formula(name)
                found[name] = number
        return found

    def _report_formula(self, name: str) -> None:
        guard = FormulaGuard()
        guard.line([name])
        if notice := guard.notice(f"the header of {RunFile.HISTORY}"):
            self._report(name, notice)

    def _report(self, name: Any, text: str) -> None:
        if name not in self._known:
            self._known.add(name)
            self._say(text)


def _added(name: Any) -> str:
    return f"a callback added {name!r} to the logs of an epoch, which is not recorded"


def _is_same(value: Any, metric: float) -> bool:
    number = _float(value)
    return number == metric or (number is not None and math.isnan(number) and math.isnan(metric))


def _number(value: Any) -> float | None:
    number = _float(value)
    return number if number is not None and math.isfinite(number) else None


def _float(value: Any) -> float | None:
    try:
        return None if isinstance(value, str | bytes) or np.ndim(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _shortened(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:60]}..."
