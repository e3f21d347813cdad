"""True negatives over exclusive classes."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from kpipe.metrics._count_metric import CountMetric


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class TrueNegatives(CountMetric):
    """Number of samples of other classes that are not predicted as a class.

    Samples are weighted by `sample_weight`.

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        thresholds: a number or a list of numbers in [0, 1] that the probability of the class must exceed; a list yields
            one value for each. Default None: the predicted class is the one with the largest output.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.
        average: `micro` for the sum over all classes, `macro` for their mean, `weighted` for
            the mean weighted by the samples of each class; default None for a single class.
        name: default `true_negatives`.
        dtype: of counts and result, default Keras' `floatx`.

    Raises:
        ArgumentError: an argument is out of range, both `class_id` and `average`, or neither for more than two classes.

    Example:
        >>> metric = TrueNegatives()
        >>> metric.update_state([0, 1, 1, 1], [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
        >>> round(float(metric.result()), 4)
        0.0
    """

    counterpart: ClassVar[Any] = keras.metrics.TrueNegatives
    counted: ClassVar[str] = "true_negatives"
    direction: ClassVar[str] = "up"
