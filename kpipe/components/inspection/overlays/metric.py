"""Facts about Keras' metrics that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import (
    A_BASE,
    A_FUNCTION,
    AT_LEAST_1,
    DTYPE,
    FLAG,
    FRACTION,
    NAME,
    NOT_NEGATIVE,
    POSITIVE,
)
from kpipe.components.inspection.rule import Rule, integer, number, one_of

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "dtype": DTYPE,
        "from_logits": FLAG,
        "label_smoothing": number(FRACTION),
        "axis": integer(),
        "num_thresholds": integer(AT_LEAST_1),
        "AUC.num_thresholds": integer("[2, inf)"),
        "thresholds": number(FRACTION),
        "BinaryAccuracy.threshold": number("(0, 1)"),
        "FBetaScore.threshold": number(POSITIVE),
        "F1Score.threshold": number(POSITIVE),
        "curve": one_of("ROC", "PR", "PRGAIN"),
        "summation_method": one_of("interpolation", "minoring", "majoring"),
        "num_labels": integer(AT_LEAST_1),
        "label_weights": Rule(types=("list", "null"), item_types=("float",), interval=NOT_NEGATIVE),
        "average": one_of("micro", "macro", "weighted"),
        "beta": number(POSITIVE),
        "class_aggregation": Rule(types=("str", "null"), choices=("uniform_average", "variance_weighted_average")),
        "num_regressors": integer(NOT_NEGATIVE),
        "k": integer(AT_LEAST_1),
        "top_k": integer(AT_LEAST_1),
        "class_id": integer(NOT_NEGATIVE),
        "num_classes": integer(AT_LEAST_1),
        "target_class_ids": integer(NOT_NEGATIVE),
        "ignore_class": integer(),
        "precision": number(FRACTION),
        "recall": number(FRACTION),
        "sensitivity": number(FRACTION),
        "specificity": number(FRACTION),
    },
    excluded={
        "Metric": A_BASE,
        "MeanMetricWrapper": f"{A_FUNCTION}; use the metric's own class",
        "Mean": "it averages one value; it does not compare labels with predictions",
        "Sum": "it adds up one value; it does not compare labels with predictions",
    },
    texts={"name": "the name of the metric"},
)
