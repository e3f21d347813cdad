"""F1 score over exclusive classes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import keras
from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.metrics._class_metric import Activation, Average, ClassId, DType
from kpipe.metrics.fbeta_score import FBetaScore


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class F1Score(FBetaScore):
    """Harmonic mean of precision and recall: 2 tp / (2 tp + fn + fp).

    Equals `sklearn.metrics.f1_score`, also accumulated over batches. It is 0 if the denominator is 0
    (`zero_division=0`).

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        average: `macro`, `micro` or `weighted`, as in scikit-learn; default None for a single class.
        threshold: number in (0, 1] that the probability of a class must exceed; default None: the predicted class is
            the one with the largest output.
        name: default `f1_score`.
        dtype: of counts and result, default Keras' `floatx`.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.

    Raises:
        ArgumentError: an argument is out of range, both `class_id` and `average`, or neither for more than two classes.

    Example:
        >>> metric = F1Score(average="macro")
        >>> metric.update_state([0, 1, 2], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]])
        >>> round(float(metric.result()), 4)
        0.5556
    """

    counterpart: ClassVar[Any] = keras.metrics.F1Score

    @check_arguments
    def __init__(
        self,
        average: Average | None = None,
        threshold: Annotated[float, Interval(gt=0, le=1)] | None = None,
        name: str | None = "f1_score",
        dtype: DType = None,
        class_id: ClassId | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            beta=1.0,
            threshold=threshold,
            class_id=class_id,
            average=average,
            activation=activation,
            name=name,
            dtype=dtype,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key != "beta"}
