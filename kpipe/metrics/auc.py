"""Area under the curve over exclusive classes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.metrics._class_metric import Activation, ClassId, ClassMetric, Count, DType, Share


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class AUC(ClassMetric):
    """Area under the ROC or precision-recall curve of one class against the rest, or its average over all classes.

    Equals `keras.metrics.AUC` on the probabilities of the class. The averages are those of
    `sklearn.metrics.roc_auc_score(multi_class="ovr")`, up to the number of thresholds; a class with no samples, or
    with all samples, has no curve and is excluded.

    `activation`, `softmax` or `sigmoid`, is applied first if the model outputs logits; kpipe sets it. In a spec,
    targets other than exclusive classes use the Keras metric with this name.

    Args:
        num_thresholds: number of points of the curve, at least 2, default 200.
        curve: `ROC` (default), `PR` or `PRGAIN`.
        summation_method: `interpolation` (default), `minoring` or `majoring`.
        name: default `auc`.
        dtype: of counts and result, default Keras' `floatx`.
        thresholds: list of numbers in [0, 1], instead of `num_thresholds`; default None.
        multi_label: see `keras.metrics.AUC`; only for multi-label targets, default False.
        num_labels: see `keras.metrics.AUC`; only for multi-label targets, default None.
        label_weights: see `keras.metrics.AUC`; only for multi-label targets, default None.
        from_logits: whether the model outputs logits, to which softmax is applied, default False.
        class_id: index of the positive class, in [0, k). Default None: the second of two classes; with more classes,
            `average` is required.
        average: `macro` for the mean over the classes, `weighted` for the mean weighted by their samples; default None
            for a single class.

    Raises:
        ArgumentError: both `class_id` and `average` are given, neither is given for more than two classes, or an
            argument for multi-label targets is used with exclusive classes.

    Example:
        >>> metric = AUC()
        >>> metric.update_state([0, 0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.2, 0.8]])
        >>> round(float(metric.result()), 4)
        0.75
    """

    counterpart: ClassVar[Any] = keras.metrics.AUC
    averages: ClassVar[tuple[str, ...]] = ("macro", "weighted")

    @check_arguments
    def __init__(
        self,
        num_thresholds: Annotated[int, Ge(2)] = 200,
        curve: Literal["ROC", "PR", "PRGAIN"] = "ROC",
        summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation",
        name: str | None = None,
        dtype: DType = None,
        thresholds: list[Share] | None = None,
        multi_label: bool = False,
        num_labels: Count | None = None,
        label_weights: list[Annotated[float, Ge(0)]] | None = None,
        from_logits: bool = False,
        class_id: ClassId | None = None,
        average: Literal["macro", "weighted"] | None = None,
        activation: Activation = None,
    ) -> None:
        super().__init__(
            class_id=class_id,
            average=average,
            activation=activation or ("softmax" if from_logits else None),
            name=name,
            dtype=dtype,
        )
        self.from_logits = from_logits
        self._of_labels = {"multi_label": multi_label, "num_labels": num_labels, "label_weights": label_weights}
        self._of_curve = {
            "num_thresholds": num_thresholds,
            "curve": curve,
            "summation_method": summation_method,
            "thresholds": thresholds,
        }

    def bind(self, num_classes: int) -> None:
        """Create the variables; see `ClassMetric.bind`."""
        for name, value in self._of_labels.items():
            if value not in (None, False):
                message = "requires a multi-label target, but each sample has one class; write average: macro instead"
                raise ArgumentError(name, message)
        super().bind(num_classes)

    def _create(self, columns: int) -> None:
        several = {"multi_label": True, "num_labels": columns} if self.average is not None else {}
        self._curve = keras.metrics.AUC(**self._of_curve, **several, name=f"{self.name}_curve", dtype=self.dtype)

    def _add(self, truth: Any, scores: Any, weights: Any) -> None:
        truth, probabilities = self._columns(truth), self._columns(self._probabilities(scores))
        self._curve.update_state(truth, probabilities, sample_weight=weights)

    def result(self) -> Any:
        """Return the current area; 0 before the first update."""
        if self.num_classes is None:
            return ops.zeros((), self.dtype)
        curve = self._curve
        if self.average is None:
            return curve.result()
        # The lowest threshold is below all probabilities, so its counts are those of all samples.
        support, rest = curve.true_positives[0], curve.false_positives[0]
        has_curve = ops.cast(ops.logical_and(support > 0, rest > 0), self.dtype)
        curve.label_weights = has_curve if self.average == "macro" else has_curve * support
        try:
            return curve.result()
        finally:
            curve.label_weights = None

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self._of_curve, **self._of_labels, "from_logits": self.from_logits}
