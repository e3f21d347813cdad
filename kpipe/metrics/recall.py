"""Recall over exclusive classes."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from kpipe.components.argument_check import check_arguments
from kpipe.metrics._class_metric import Activation, Average, ClassId, Count, DType, Share
from kpipe.metrics._confusion_metric import ConfusionMetric


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Recall(ConfusionMetric):
    """Share of the samples of a class that are predicted as this class: tp / (tp + fn).

    Equals `sklearn.metrics.recall_score`, also accumulated over batches. It is 0 if the denominator
    is 0 (`zero_division=0`).

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        thresholds: a number or a list of numbers in [0, 1] that the probability of the class must exceed; a list yields
            one value for each. Default None: the predicted class is the one with the largest output.
        top_k: number of the largest outputs that count as predicted, at least 1; default None: only the largest.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.
        average: `macro`, `micro` or `weighted`, as in scikit-learn; default None for a single class.
        name: default `recall`.
        dtype: of counts and result, default Keras' `floatx`.

    Raises:
        ArgumentError: an argument is out of range, both `class_id` and `average`, or neither for more than two classes.

    Example:
        >>> metric = Recall()
        >>> metric.update_state([0, 1, 1, 1], [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    counterpart: ClassVar[Any] = keras.metrics.Recall

    @check_arguments
    def __init__(
        self,
        thresholds: Share | list[Share] | None = None,
        top_k: Count | None = None,
        class_id: ClassId | None = None,
        name: str | None = None,
        dtype: DType = None,
        average: Average | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            thresholds=thresholds,
            top_k=top_k,
            class_id=class_id,
            average=average,
            activation=activation,
            name=name,
            dtype=dtype,
        )

    def _result(self) -> Any:
        return self._ratio(self.true_positives, self.true_positives + self.false_negatives)
