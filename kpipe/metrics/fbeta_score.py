"""F-beta score over exclusive classes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import keras
from annotated_types import Gt, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.metrics._class_metric import Activation, Average, ClassId, DType
from kpipe.metrics._confusion_metric import ConfusionMetric


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class FBetaScore(ConfusionMetric):
    """Weighted harmonic mean of precision and recall: (1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp).

    Equals `sklearn.metrics.fbeta_score`, also accumulated over batches. It is 0 if the denominator is 0
    (`zero_division=0`).

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        average: `macro`, `micro` or `weighted`, as in scikit-learn; default None for a single class.
        beta: weight of recall relative to precision, above 0, default 1.
        threshold: number in (0, 1] that the probability of a class must exceed; default None: the predicted class is
            the one with the largest output.
        name: default `fbeta_score`.
        dtype: of counts and result, default Keras' `floatx`.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.

    Raises:
        ArgumentError: an argument is out of range, both `class_id` and `average`, or neither for more than two classes.

    Example:
        >>> metric = FBetaScore(beta=2.0)
        >>> metric.update_state([0, 1, 1, 1], [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    counterpart: ClassVar[Any] = keras.metrics.FBetaScore

    @check_arguments
    def __init__(
        self,
        average: Average | None = None,
        beta: Annotated[float, Gt(0)] = 1.0,
        threshold: Annotated[float, Interval(gt=0, le=1)] | None = None,
        name: str | None = "fbeta_score",
        dtype: DType = None,
        class_id: ClassId | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            thresholds=threshold,
            top_k=None,
            class_id=class_id,
            average=average,
            activation=activation,
            name=name,
            dtype=dtype,
        )
        self.beta, self.threshold = float(beta), threshold

    def _result(self) -> Any:
        square = self.beta**2
        hits = (1 + square) * self.true_positives
        return self._ratio(hits, hits + square * self.false_negatives + self.false_positives)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {"beta": self.beta, "threshold": self.threshold}
        kept = {key: value for key, value in super().get_config().items() if key not in ("thresholds", "top_k")}
        return {**kept, **own}
