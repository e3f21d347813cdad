"""What the signatures and docstrings of Keras' metrics do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import (
    A_BASE,
    A_FUNCTION,
    AT_LEAST_1,
    DTYPE,
    FLAG,
    NAME,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
)
from kpipe.components.inspection.rule import Rule, number, one_of, whole

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "dtype": DTYPE,
        "from_logits": FLAG,
        "label_smoothing": number(SHARE),
        "axis": whole(),
        "num_thresholds": whole(AT_LEAST_1),
        "AUC.num_thresholds": whole("[2, inf)"),
        "thresholds": number(SHARE),
        "BinaryAccuracy.threshold": number("(0, 1)"),
        "FBetaScore.threshold": number(POSITIVE),
        "F1Score.threshold": number(POSITIVE),
        "curve": one_of("ROC", "PR", "PRGAIN"),
        "summation_method": one_of("interpolation", "minoring", "majoring"),
        "num_labels": whole(AT_LEAST_1),
        "label_weights": Rule(types=("list", "null"), item_types=("float",), interval=NOT_NEGATIVE),
        "average": one_of("micro", "macro", "weighted"),
        "beta": number(POSITIVE),
        "class_aggregation": Rule(types=("str", "null"), choices=("uniform_average", "variance_weighted_average")),
        "num_regressors": whole(NOT_NEGATIVE),
        "k": whole(AT_LEAST_1),
        "top_k": whole(AT_LEAST_1),
        "class_id": whole(NOT_NEGATIVE),
        "num_classes": whole(AT_LEAST_1),
        "target_class_ids": whole(NOT_NEGATIVE),
        "ignore_class": whole(),
        "precision": number(SHARE),
        "recall": number(SHARE),
        "sensitivity": number(SHARE),
        "specificity": number(SHARE),
    },
    excluded={
        "Metric": A_BASE,
        "MeanMetricWrapper": f"{A_FUNCTION}; use the metric's own class",
        "Mean": "it averages one value; it does not compare labels with predictions",
        "Sum": "it adds up one value; it does not compare labels with predictions",
    },
    texts={"name": "the name of the metric"},
)
