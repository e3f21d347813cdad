"""The base class of metrics that count samples."""

from __future__ import annotations

from typing import Any, ClassVar

from kpipe.components.argument_check import check_arguments
from kpipe.metrics._class_metric import Activation, Average, ClassId, DType, Share
from kpipe.metrics._confusion_metric import ConfusionMetric


class CountMetric(ConfusionMetric):
    """Base class of metrics that count true or false positives or negatives, with the arguments of Keras' metrics."""

    #: Name of the variable with the counts.
    counted: ClassVar[str]
    #: The better direction, `up` or `down`.
    direction: ClassVar[str]

    @check_arguments
    def __init__(
        self,
        thresholds: Share | list[Share] | None = None,
        name: str | None = None,
        dtype: DType = None,
        class_id: ClassId | None = None,
        average: Average | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            thresholds=thresholds,
            top_k=None,
            class_id=class_id,
            average=average,
            activation=activation,
            name=name,
            dtype=dtype,
        )
        self._direction = self.direction

    def _result(self) -> Any:
        return self._total(getattr(self, self.counted))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key != "top_k"}
