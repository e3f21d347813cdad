"""Metrics over exclusive classes that compare one class with the rest. Importing this package registers them."""

from kpipe.metrics.auc import AUC as AUC
from kpipe.metrics.f1_score import F1Score as F1Score
from kpipe.metrics.false_negatives import FalseNegatives as FalseNegatives
from kpipe.metrics.false_positives import FalsePositives as FalsePositives
from kpipe.metrics.fbeta_score import FBetaScore as FBetaScore
from kpipe.metrics.precision import Precision as Precision
from kpipe.metrics.precision_at_recall import PrecisionAtRecall as PrecisionAtRecall
from kpipe.metrics.recall import Recall as Recall
from kpipe.metrics.recall_at_precision import RecallAtPrecision as RecallAtPrecision
from kpipe.metrics.sensitivity_at_specificity import SensitivityAtSpecificity as SensitivityAtSpecificity
from kpipe.metrics.specificity_at_sensitivity import SpecificityAtSensitivity as SpecificityAtSensitivity
from kpipe.metrics.true_negatives import TrueNegatives as TrueNegatives
from kpipe.metrics.true_positives import TruePositives as TruePositives

# A metric is registered by one import above, for Python, Keras and specs. In specs, Keras metrics with the same names
# are used for other targets.
__all__ = [name for name, value in vars().copy().items() if isinstance(value, type)]
