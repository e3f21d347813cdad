"""A learning rate that is too low."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The median size of an update, relative to the weights, below which a training learns too slowly.
RATIO = 1e-4
#: The fit of the training part from which nothing is missing.
FIT = 0.9


class LearnedSlowly(Rule):
    """Report a training whose updates are too small, and which does not fit its training part.

    CS231n, 2017, lecture 6: norm(update) / norm(weights) should be about 1e-3.
    """

    code = VerdictCode.LEARNED_SLOWLY

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the median ratio."""
        known = evidence.update_ratio[~np.isnan(evidence.update_ratio)]
        if not len(known):
            return None
        ratio, fit = float(np.median(known)), evidence.fit(last(evidence.training))
        if np.isnan(fit):
            fit = evidence.fit(last(evidence.running))
        if ratio >= RATIO or fit >= FIT:
            return None
        return Symptom(
            message=f"a step changes the weights by {ratio:.1e} of their size, and the model fits {fit:.0%} of its "
            "training part",
            measured={"update_ratio": ratio, "fit": fit},
            threshold={"update_ratio": RATIO, "fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the learning rate at which updates have the usual size."""
        ratio = float(symptom.measured["update_ratio"])
        factor = float(np.clip(10 * RATIO / ratio if ratio else 1000.0, 3.0, 1000.0))
        return places.learning_rate, places.scale_learning_rate(factor)
