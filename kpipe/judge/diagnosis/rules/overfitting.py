"""A model that fits its training part better than other samples."""

from __future__ import annotations

import math

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, best, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The gap of the accuracy; that of the loss as a share of the trivial loss, with the rise above its minimum.
ACCURACY, LOSS, RISE = 0.07, 0.25, 0.1
#: The fit of the training part below which too little was learned for a gap, and above which little is left to learn.
FIT, FITTED = 0.2, 0.95
#: The rise of the training loss, as a share of the trivial loss, that is none of a model which fits better and better.
LAG = 0.15
#: The gap of the loss that has to go with that of the accuracy.
LEAST = 0.05
#: The gap of the accuracy in standard errors, since small parts differ by chance: of the whole training part, and of
#: the few samples of it that are evaluated after an epoch.
ERRORS = {"train": 2.0, "epoch": 3.0}


class Overfitting(Rule):
    """Report a gap between the training and the validation part, both in inference mode.

    The accuracy differs by 0.07 or more, or the loss by 25 % of the trivial loss while that of the validation part is
    10 % above its minimum. A training that has not yet fitted 95 % and whose validation loss is still falling is not
    reported.
    """

    code = VerdictCode.OVERFITTING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the gap at the last epoch in which both were measured."""
        gap, loss = _accuracy_gap(evidence), _loss_gap(evidence)
        share = loss / evidence.trivial if evidence.trivial else math.nan
        lowest = best(evidence.validation)
        rise = last(evidence.validation) / lowest - 1 if lowest > 0 else 0.0
        measured = {"accuracy": gap, "loss": share, "rise": rise}
        threshold = {"accuracy": ACCURACY, "loss": LOSS, "rise": RISE}
        if (
            _is_unsteady(evidence)
            or evidence.training_fit < FIT
            or (evidence.training_fit < FITTED and evidence.is_improving)
        ):
            return None
        if gap >= ACCURACY and not share < LEAST:
            message = f"the accuracy is {gap:.3f} lower on the validation part than on the training part"
        elif share > LOSS and rise > RISE:
            message = (
                f"the validation loss is {share:.0%} of the trivial loss above that of the training part, and "
                f"{rise:.0%} above its minimum"
            )
        else:
            return None
        return Symptom(message=message, measured=measured, threshold=threshold)

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return more regularization."""
        return places.more_regularization()


def _accuracy_gap(evidence: Evidence) -> float:
    """Return the largest gap that chance does not explain; 0 if there is none.

    The mean over the steps of an epoch is of all training samples, and usually lower than that in inference mode.
    """
    validation, found = evidence.validation_accuracy, 0.0
    curves = {"epoch": evidence.training_accuracy, "train": evidence.running_accuracy}
    for sample, training in curves.items():
        if sample == "train" and _lags(evidence):
            continue
        gap = last(training - validation)
        error = evidence.accuracy_error(last(validation) + gap / 2, sample)
        found = max(found, gap if gap > ERRORS[sample] * error else 0.0)
    return found


def _loss_gap(evidence: Evidence) -> float:
    with np.errstate(invalid="ignore"):  # Losses that are infinite have no difference.
        running, measured = evidence.validation - evidence.running, evidence.validation - evidence.training
    return float(np.nanmax([-math.inf if _lags(evidence) else last(running), last(measured), -math.inf]))


def _lags(evidence: Evidence) -> bool:
    """Return whether the training part is worse in inference mode, as with statistics that lag behind the weights."""
    more = last(evidence.training) - last(evidence.running)
    return bool(evidence.trivial) and more > LAG * float(evidence.trivial or 0.0)


def _is_unsteady(evidence: Evidence) -> bool:
    """Return whether the training part itself became worse after the best epoch; that is no overfitting."""
    if evidence.best_epoch is None or not evidence.trivial:
        return False
    rises = [last(curve) - float(curve[evidence.best_epoch - 1]) for curve in (evidence.running, evidence.training)]
    return bool(np.nanmax([*rises, -math.inf]) > LAG * evidence.trivial)
