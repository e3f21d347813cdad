"""Specificity at a sensitivity over exclusive classes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import keras

from kpipe.components.argument_check import check_arguments
from kpipe.metrics._class_metric import Activation, ClassId, Count, DType, Share
from kpipe.metrics._operating_point_metric import OperatingPointMetric


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class SpecificityAtSensitivity(OperatingPointMetric):
    """Largest specificity of a class at a sensitivity of at least `sensitivity`.

    Equals `keras.metrics.SpecificityAtSensitivity` on the probabilities of the class. In an average, a class
    that has no samples, or all of them, is excluded.

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        sensitivity: the required sensitivity, in [0, 1].
        num_thresholds: number of thresholds between 0 and 1, at least 1, default 200.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.
        name: default `specificity_at_sensitivity`.
        dtype: of counts and result, default Keras' `floatx`.
        average: `macro` for the mean over the classes, `weighted` for the mean weighted by their samples; default None
            for a single class.

    Raises:
        ArgumentError: an argument is out of range, both `class_id` and `average`, or neither for more than two classes.

    Example:
        >>> metric = SpecificityAtSensitivity(0.5)
        >>> metric.update_state([0, 0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.2, 0.8]])
        >>> round(float(metric.result()), 4)
        1.0
    """

    counterpart: ClassVar[Any] = keras.metrics.SpecificityAtSensitivity

    @check_arguments
    def __init__(
        self,
        sensitivity: Share,
        num_thresholds: Count = 200,
        class_id: ClassId | None = None,
        name: str | None = None,
        dtype: DType = None,
        average: Literal["macro", "weighted"] | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            ("sensitivity", sensitivity),
            num_thresholds,
            class_id=class_id,
            average=average,
            activation=activation,
            name=name,
            dtype=dtype,
        )

    def _rates(self) -> tuple[Any, Any]:
        return self._specificity(), self._sensitivity()
