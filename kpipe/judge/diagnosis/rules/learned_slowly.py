"""A learning rate that is too low."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The largest size of an update, relative to the weights, below which a training learns too slowly.
RATIO = 1e-4
#: The size of an update with which short trainings learn; it is less than that in the first epoch.
_USUAL = 3e-3
#: The fit of the training part from which nothing is missing.
FIT = 0.9


class LearnedSlowly(Rule):
    """Report a training whose updates are too small, and which does not fit its training part.

    CS231n, 2017, lecture 6: norm(update) / norm(weights) should be about 1e-3.
    """

    code = VerdictCode.LEARNED_SLOWLY

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the largest ratio; that of late epochs is small in any training whose learning rate decays."""
        known = evidence.update_ratio[~np.isnan(evidence.update_ratio)]
        if not len(known):
            return None
        ratio, fit = float(known.max()), evidence.training_fit
        if not (ratio < RATIO and fit < FIT):
            return None
        return Symptom(
            message=f"a step changes the weights by at most {ratio:.1e} of their size, and the model fits {fit:.0%} of "
            "its training part",
            measured={"update_ratio": ratio, "fit": fit},
            threshold={"update_ratio": RATIO, "fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the learning rate at which updates have the usual size."""
        ratio = float(symptom.measured["update_ratio"])
        factor = float(np.clip(_USUAL / ratio if ratio else 1000.0, 3.0, 1000.0))
        return places.learning_rate, places.scale_learning_rate(factor)
