"""What Keras' losses and metrics expect of labels and predictions; Keras does not check it."""

from __future__ import annotations

import re
from typing import Any

from kpipe.keras_internals import function_arguments, stated_from_logits
from kpipe.model.metric_names import snake_case

#: Losses and metrics that expect class indices; all others for classes expect one-hot labels, or 0 and 1.
SPARSE = frozenset(
    {
        "SparseCategoricalCrossentropy",
        "SparseCategoricalAccuracy",
        "SparseTopKCategoricalAccuracy",
        "CategoricalGeneralizedCrossEntropy",
        "Circle",
        "CTC",
    }
)
#: Losses that depend on all samples of a batch together.
WHOLE_BATCH_LOSSES = frozenset({"Circle", "Dice", "Tversky"})
#: Losses whose prediction is not a vector with one number per class.
FREE_WIDTH = frozenset({"Circle", "CTC"})
#: Losses and metrics that expect probabilities and have no argument for logits.
PROBABILITIES = frozenset(
    {
        "KLDivergence",
        "Poisson",
        "Dice",
        "Tversky",
        "CategoricalGeneralizedCrossEntropy",
        "PrecisionAtRecall",
        "RecallAtPrecision",
        "SensitivityAtSpecificity",
        "SpecificityAtSensitivity",
    }
)
#: Metrics that count values above `thresholds`, by default 0.5.
THRESHOLDS = frozenset({"Precision", "Recall", "TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"})
#: Losses that treat each output as an independent probability of its class.
INDEPENDENT = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})
#: Metrics of Keras that pool the columns of all classes, with the remedy for exclusive classes.
POOLED = {
    "BinaryAccuracy": "write accuracy",
    "BinaryIoU": "write OneHotIoU",
    **{
        name: f"write {name} without keras., with class_id or average"
        for name in (
            "AUC",
            *sorted(THRESHOLDS),
            "PrecisionAtRecall",
            "RecallAtPrecision",
            "SensitivityAtSpecificity",
            "SpecificityAtSensitivity",
        )
    },
}
#: Losses and metrics that compare the columns of a prediction, so that a single column is always correct.
SEVERAL_COLUMNS = frozenset(
    {
        "SparseCategoricalCrossentropy",
        "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy",
        "CategoricalGeneralizedCrossEntropy",
        "CategoricalHinge",
        "SparseCategoricalAccuracy",
        "SparseTopKCategoricalAccuracy",
        "CategoricalAccuracy",
        "TopKCategoricalAccuracy",
        "OneHotIoU",
        "OneHotMeanIoU",
    }
)
#: Losses and metrics of the distance between label and prediction.
DISTANCES = frozenset(
    {
        "MeanSquaredError",
        "RootMeanSquaredError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError",
        "Huber",
        "LogCosh",
        "LogCoshError",
        "R2Score",
    }
)
#: Metrics that cannot be used with the output of a model, with the reason and the remedy.
NEVER = {
    "Accuracy": "it counts predictions that exactly equal the label, which scores never do; write accuracy",
}


def class_name(item: Any) -> str:
    """Return the class name of a loss or a metric, which is the key of the rules."""
    return type(item).__name__


def expects_sparse(item: Any) -> bool:
    """Return whether a loss or a metric expects class indices."""
    return class_name(item) in SPARSE or (
        class_name(item) in ("IoU", "MeanIoU", "BinaryIoU") and bool(getattr(item, "sparse_y_true", False))
    )


def against_logits(item: Any) -> str | None:
    """Return the remedy for a loss or a metric that does not accept logits; None if it does."""
    name = class_name(item)
    if stated_from_logits(item) is False:
        return "write from_logits: true in it, or end the model with softmax (one class each) or sigmoid"
    if name in PROBABILITIES:
        return "end the model with softmax (one class each) or sigmoid"
    if name in THRESHOLDS and item.init_thresholds is None and getattr(item, "top_k", None) is None:
        return "write thresholds: 0 in it (the logit of one half), or end the model with softmax or sigmoid"
    if name in ("BinaryAccuracy", "BinaryIoU") and item.threshold == 0.5:
        return "write threshold: 0 in it (the logit of one half), or end the model with softmax or sigmoid"
    return None


def against_one_column(item: Any) -> str | None:
    """Return the remedy for a loss or a metric that does not accept a single output unit; None if it does."""
    name = class_name(item)
    if name in SEVERAL_COLUMNS or (name in ("F1Score", "FBetaScore") and item.threshold is None):
        remedy = "write threshold: 0.5 in it" if hasattr(item, "threshold") else _BINARY.get(name, "")
        return f"{remedy or 'write its binary counterpart'}, or units: =classes with one output a class"
    return None


def against_scores(item: Any) -> str | None:
    """Return why a metric does not accept one column of scores per class; None if it does."""
    if class_name(item) in ("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU") and item.sparse_y_pred:
        return "it expects class indices, but the model returns a score for each class; write sparse_y_pred: false"
    return NEVER.get(class_name(item))


def against_class_units(item: Any, classes: int, rank: int) -> str | None:
    """Return why a metric of Keras does not accept one unit per exclusive class; None if it does.

    Args:
        item: the metric.
        classes: the number of classes.
        rank: the number of axes of the output, including that of samples.
    """
    name = class_name(item)
    if type(item).__module__.partition(".")[0] != "keras":
        return None
    if name in POOLED:
        return f"it pools the columns of all classes, so that its value is not that of any class; {POOLED[name]}"
    if name in ("F1Score", "FBetaScore") and rank > 2:
        return f"it expects one prediction per sample, but each step has one here; write {name} without keras."
    if name in ("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy") and _k_of(item) >= classes:
        return f"the top {_k_of(item)} of {classes} classes always contain the label; write a smaller k"
    if name in ("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU") and item.num_classes != classes:
        return f"expected num_classes: {classes}, got {item.num_classes}; write num_classes: {classes}"
    return None


def _k_of(item: Any) -> int:
    return int((function_arguments(item) or {})["k"])


def plain_name(metric: Any) -> str:
    """Return the name of a metric without the number that Keras adds if a process creates several of a class.

    Example:
        >>> import keras
        >>> plain_name(keras.metrics.AUC()), plain_name(keras.metrics.Mean(name="recall_at_5"))
        ('auc', 'recall_at_5')
    """
    name = str(metric.name)
    return re.sub(rf"^({re.escape(snake_case(class_name(metric)))})_\d+$", r"\1", name)


_BINARY = {
    "SparseCategoricalCrossentropy": "write BinaryCrossentropy",
    "CategoricalCrossentropy": "write BinaryCrossentropy",
    "CategoricalFocalCrossentropy": "write BinaryFocalCrossentropy",
    "CategoricalHinge": "write Hinge",
    "SparseCategoricalAccuracy": "write accuracy",
    "CategoricalAccuracy": "write accuracy",
    "OneHotIoU": "write BinaryIoU",
}
