"""Area under a curve over exclusive classes."""

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
    `sklearn.metrics.roc_auc_score(multi_class="ovr")`, up to the number of thresholds; a class that has no samples, or
    all of them, has no curve and is excluded.

    `activation`, `softmax` or `sigmoid`, is applied first where the model outputs logits; kpipe sets it. In a spec, a
    single unit, multi-label targets and numbers have the metric of Keras with this name.

    Args:
        num_thresholds: points of the curve, at least 2, default 200.
        curve: `ROC` (default), `PR` or `PRGAIN`.
        summation_method: `interpolation` (default), `minoring` or `majoring`.
        name: default `auc`.
        dtype: of counts and result, default Keras' `floatx`.
        thresholds: list of numbers in [0, 1] in place of `num_thresholds`; default None.
        multi_label: for multi-label targets, as in Keras; default False.
        num_labels: likewise; default None.
        label_weights: likewise; default None.
        from_logits: whether the model outputs logits, to which softmax is then applied, default False.
        class_id: index of the positive class, in [0, k); default None: the second of two classes, and for more classes
            `average` is needed.
        average: `macro` for the mean over the classes, `weighted` for the mean weighted by their samples; default None
            for the class alone.

    Raises:
        ArgumentError: `class_id` with `average`, neither with more than two classes, or an argument for multi-label
            targets over exclusive classes.

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
        """As of every metric of classes."""
        for name, value in self._of_labels.items():
            if value not in (None, False):
                message = "it is for multi-label targets, and each sample has one class here; write average: macro"
                raise ArgumentError(name, message)
        super().bind(num_classes)

    def _create(self, columns: int) -> None:
        several = {"multi_label": True, "num_labels": columns} if self.average is not None else {}
        self._curve = keras.metrics.AUC(**self._of_curve, **several, name=f"{self.name}_curve", dtype=self.dtype)

    def _add(self, truth: Any, scores: Any, weights: Any) -> None:
        truth, probabilities = self._columns(truth), self._columns(self._probabilities(scores))
        self._curve.update_state(truth, probabilities, sample_weight=weights)

    def result(self) -> Any:
        """The area so far; 0 before the first update."""
        if self.num_classes is None:
            return ops.zeros((), self.dtype)
        curve = self._curve
        if self.average is None:
            return curve.result()
        # The lowest threshold is below all probabilities.
        support, rest = curve.true_positives[0], curve.false_positives[0]
        has_curve = ops.cast(ops.logical_and(support > 0, rest > 0), self.dtype)
        curve.label_weights = has_curve if self.average == "macro" else has_curve * support
        try:
            return curve.result()
        finally:
            curve.label_weights = None

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), **self._of_curve, **self._of_labels, "from_logits": self.from_logits}
