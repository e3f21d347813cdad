"""Metrics of exclusive classes that compare one class with the rest. Importing this makes them known to Keras."""

from kpipe.metrics.auc import AUC
from kpipe.metrics.f1_score import F1Score
from kpipe.metrics.false_negatives import FalseNegatives
from kpipe.metrics.false_positives import FalsePositives
from kpipe.metrics.fbeta_score import FBetaScore
from kpipe.metrics.precision import Precision
from kpipe.metrics.precision_at_recall import PrecisionAtRecall
from kpipe.metrics.recall import Recall
from kpipe.metrics.recall_at_precision import RecallAtPrecision
from kpipe.metrics.sensitivity_at_specificity import SensitivityAtSpecificity
from kpipe.metrics.specificity_at_sensitivity import SpecificityAtSensitivity
from kpipe.metrics.true_negatives import TrueNegatives
from kpipe.metrics.true_positives import TruePositives

#: What a spec may name; for other targets the metrics of Keras with the same names are used.
COMPONENTS: dict[str, str] = {
    "AUC": "kpipe.metrics.auc:AUC",
    "F1Score": "kpipe.metrics.f1_score:F1Score",
    "FBetaScore": "kpipe.metrics.fbeta_score:FBetaScore",
    "FalseNegatives": "kpipe.metrics.false_negatives:FalseNegatives",
    "FalsePositives": "kpipe.metrics.false_positives:FalsePositives",
    "Precision": "kpipe.metrics.precision:Precision",
    "PrecisionAtRecall": "kpipe.metrics.precision_at_recall:PrecisionAtRecall",
    "Recall": "kpipe.metrics.recall:Recall",
    "RecallAtPrecision": "kpipe.metrics.recall_at_precision:RecallAtPrecision",
    "SensitivityAtSpecificity": "kpipe.metrics.sensitivity_at_specificity:SensitivityAtSpecificity",
    "SpecificityAtSensitivity": "kpipe.metrics.specificity_at_sensitivity:SpecificityAtSensitivity",
    "TrueNegatives": "kpipe.metrics.true_negatives:TrueNegatives",
    "TruePositives": "kpipe.metrics.true_positives:TruePositives",
}

__all__ = [
    "AUC",
    "COMPONENTS",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "PrecisionAtRecall",
    "Recall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "TrueNegatives",
    "TruePositives",
]
