"""A model that fits its training part better than other samples."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, best, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The gap of the accuracy; that of the loss as a share of the trivial loss, with the rise above its minimum.
ACCURACY, LOSS, RISE = 0.07, 0.25, 0.1


class Overfitting(Rule):
    """Report a gap between the training and the validation part, both in inference mode.

    The accuracy differs by 0.07 or more, or the loss by 25 % of the trivial loss while that of the validation part is
    10 % above its minimum.
    """

    code = VerdictCode.OVERFITTING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the gap at the last epoch in which both were measured."""
        gap = last(evidence.training_accuracy - evidence.validation_accuracy)
        loss = last(evidence.validation - evidence.training)
        share = loss / evidence.trivial if evidence.trivial else math.nan
        lowest = best(evidence.validation)
        rise = last(evidence.validation) / lowest - 1 if lowest > 0 else 0.0
        measured = {"accuracy": gap, "loss": share, "rise": rise}
        threshold = {"accuracy": ACCURACY, "loss": LOSS, "rise": RISE}
        if gap >= ACCURACY:
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
