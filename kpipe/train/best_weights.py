"""The choice of the weights that are kept: the best by one metric, or the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt

from kpipe.messages.training_position import TrainingPosition
from kpipe.model.metric_direction import LAST, direction
from kpipe.model.unknown_metric import unknown_metric
from kpipe.nearest import nearest
from kpipe.spec.refusal import Place, nowhere, refusal
from kpipe.spec.sections.choose import Choose

#: Reasons not to keep a state: the monitored metric was not measured or not finite, or a variable is not finite.
Refusal = Literal["not measured", "monitor not finite", "weights not finite"]


@dataclass
class BestWeights:
    """The weights that are best so far, copied to host memory.

    A metric that is not finite is never the best, and weights that are not finite are never kept. If two states have
    the same value, the earlier one is kept.

    Args:
        monitor: the name of a metric, or `last`.
        mode: whether lower or higher values are better; ignored for `last`.

    Attributes:
        moment: when the weights were kept; None if none have been kept yet.
        metrics: the metrics of that state.
        refused: the number of states refused for each `Refusal` before the first state was kept.
        not_finite: the path of the first variable that was not finite in a refused state; empty if there was none.

    Example:
        >>> best = BestWeights("val_loss", "min")
        >>> best.is_better({"val_loss": float("nan")}), best.is_better({"val_loss": 2.0})
        (False, True)
    """

    monitor: str
    mode: Literal["min", "max"] = "min"
    moment: TrainingPosition | None = field(default=None, init=False)
    metrics: dict[str, float] = field(default_factory=dict, init=False)
    refused: dict[Refusal, int] = field(default_factory=dict, init=False)
    not_finite: str = field(default="", init=False)
    _weights: list[npt.NDArray[Any]] | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_spec(cls, section: Choose, names: Sequence[str], place: Place = nowhere) -> BestWeights:
        """Create the rule of a spec, and check its metric before anything is trained.

        Args:
            section: the section `train.choose`.
            names: the names of the metrics of the training, including `val_*` if there is a validation part.
            place: maps a dotted path of the spec to its mark.

        Raises:
            SpecError: the metric does not exist, or its name does not show which values are better.
        """
        monitor = section.monitor
        if monitor == "auto":
            monitor = "val_loss" if "val_loss" in names else LAST
        if monitor == LAST:
            return cls(LAST)
        if monitor not in names:
            message = unknown_metric(monitor, [*names, LAST])
            raise refusal(place, "train.choose.monitor", message, meant=nearest(monitor, [*names, LAST]))
        mode = direction(monitor) if section.mode == "auto" else section.mode
        if mode is None:
            message = (
                f"the name {monitor} does not show whether lower or higher values are better; write mode: min or "
                "mode: max"
            )
            raise refusal(place, "train.choose.mode", message)
        return cls(monitor, mode)

    @property
    def text(self) -> str:
        """The rule as text for the summary."""
        return "the last" if self.monitor == LAST else f"{'lowest' if self.mode == 'min' else 'highest'} {self.monitor}"

    def is_better(self, metrics: Mapping[str, float]) -> bool:
        """Return whether metrics are better than the best so far; False if the monitored metric is missing."""
        if self.monitor == LAST:
            return True
        value = metrics.get(self.monitor)
        if value is None or not math.isfinite(value):
            return False
        best = self.metrics.get(self.monitor)
        return best is None or (value < best if self.mode == "min" else value > best)

    def update(self, model: keras.Model, metrics: Mapping[str, float], moment: TrainingPosition) -> bool:
        """Keep the weights of the model if they are the best so far, and return whether they were kept."""
        if not self.is_better(metrics):
            if self.moment is None:
                self._refuse("not measured" if self.monitor not in metrics else "monitor not finite", model)
            return False
        weights = [variable.value.numpy().copy() for variable in model.variables]
        if not all(np.isfinite(value).all() for value in weights if _is_float(value)):
            if self.moment is None:
                self._refuse("weights not finite", model)
            return False
        self._weights, self.moment, self.metrics = weights, moment, dict(metrics)
        return True

    def _refuse(self, reason: Refusal, model: keras.Model) -> None:
        bad = first_not_finite(model)
        self.not_finite = self.not_finite or bad
        reason = "weights not finite" if bad else reason
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint, as plain values and arrays."""
        moment = asdict(self.moment) if self.moment is not None else None
        refused = {"refused": dict(self.refused), "not_finite": self.not_finite}
        return {"moment": moment, "figures": dict(self.metrics), "weights": self._weights, **refused}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `state` returned."""
        self.moment = TrainingPosition(**state["moment"]) if state["moment"] is not None else None
        self.metrics, self._weights = dict(state["figures"]), state["weights"]
        # Checkpoints of format 1 do not contain these two keys.
        self.refused, self.not_finite = dict(state.get("refused", {})), str(state.get("not_finite", ""))

    def restore(self, model: keras.Model) -> None:
        """Set the model to the weights that were kept; do nothing if none were kept."""
        for variable, value in zip(model.variables, self._weights or [], strict=False):
            variable.assign(value)


def first_not_finite(model: keras.Model) -> str:
    """Return the path of the first variable of a model that contains NaN or infinity; empty if all are finite."""
    for variable in model.variables:
        value = variable.value.numpy()
        if _is_float(value) and not np.isfinite(value).all():
            return str(variable.path)
    return ""


def _is_float(value: npt.NDArray[Any]) -> bool:
    # NumPy does not count bfloat16 and the float8 types of ml_dtypes among its floats.
    return value.dtype.kind == "f" or "float" in value.dtype.name
