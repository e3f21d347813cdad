"""Checks of a training before its first step, from facts about its spec, its data and its model.

Each check is one file; `CHECKS` lists them by code. A code is never used for another check.
"""

from __future__ import annotations

from kpipe.checks.static.against_direction import AgainstDirection
from kpipe.checks.static.distance_on_classes import DistanceOnClasses
from kpipe.checks.static.equal_units import EqualUnits
from kpipe.checks.static.few_normalized_samples import FewNormalizedSamples
from kpipe.checks.static.hidden_sigmoids import HiddenSigmoids
from kpipe.checks.static.hidden_softmax import HiddenSoftmax
from kpipe.checks.static.high_dropout import HighDropout
from kpipe.checks.static.independent_probabilities import IndependentProbabilities
from kpipe.checks.static.input_scale import InputScale
from kpipe.checks.static.labels_outside_unit_interval import LabelsOutsideUnitInterval
from kpipe.checks.static.late_dropout import LateDropout
from kpipe.checks.static.linear_layers import LinearLayers
from kpipe.checks.static.long_momentum import LongMomentum
from kpipe.checks.static.nothing_trained import NothingTrained
from kpipe.checks.static.output_not_probability import OutputNotProbability
from kpipe.checks.static.oversized_batch import OversizedBatch
from kpipe.checks.static.redundant_bias import RedundantBias
from kpipe.checks.static.repeated_preparation import RepeatedPreparation
from kpipe.checks.static.schedule_beyond_end import ScheduleBeyondEnd
from kpipe.checks.static.several_labels import SeveralLabels
from kpipe.checks.static.static_check import StaticCheck
from kpipe.checks.static.target_scale import TargetScale

CHECKS: tuple[StaticCheck, ...] = (
    OutputNotProbability(),
    IndependentProbabilities(),
    LabelsOutsideUnitInterval(),
    EqualUnits(),
    NothingTrained(),
    AgainstDirection(),
    SeveralLabels(),
    DistanceOnClasses(),
    LinearLayers(),
    LateDropout(),
    HighDropout(),
    OversizedBatch(),
    FewNormalizedSamples(),
    RepeatedPreparation(),
    InputScale(),
    RedundantBias(),
    HiddenSoftmax(),
    HiddenSigmoids(),
    ScheduleBeyondEnd(),
    TargetScale(),
    LongMomentum(),
)
