"""A training that ended too soon."""

from __future__ import annotations

import math

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import IMPROVEMENT, SLOW, Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The fit of the training part from which one epoch was sufficient, and from which a loss that falls slowly is not
#: reported.
FIT, FITTED = 0.9, 0.5
#: The fit of the validation part from which nothing is left to gain.
COMPLETE = 0.98


class StillImproving(Rule):
    """Report a validation loss whose mean over the last fifth of the epochs is 10 % below that of the fifth before.

    A loss of less than 2 % of the trivial one is not reported. Of a single epoch, the curves tell nothing; it is
    reported if the fit of the training part is below 90 %.
    """

    code = VerdictCode.STILL_IMPROVING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the improvement."""
        improvement = evidence.improvement
        falls = evidence.is_falling if evidence.training_fit < FITTED else evidence.is_improving
        if not falls or evidence.status != "completed" or evidence.fit(last(evidence.loss_curve)) >= COMPLETE:
            return None
        if math.isnan(improvement):
            fit = evidence.training_fit
            message = (
                f"the model fits {fit:.0%} of its training part after the only epoch, whose curves cannot tell more"
            )
            return Symptom(message=message, measured={"fit": fit}, threshold={"fit": FIT}) if fit < FIT else None
        part = "training" if np.isnan(evidence.validation).all() else "validation"
        return Symptom(
            message=f"the {part} loss of the last fifth of the epochs is {improvement:.0%} lower than that of the "
            "fifth before",
            measured={"improvement": improvement},
            threshold={"improvement": IMPROVEMENT if evidence.is_improving else SLOW},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return twice as many epochs."""
        return places.epochs, places.set_epochs(2 * evidence.epochs)
