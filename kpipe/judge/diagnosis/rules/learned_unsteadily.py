"""A learning rate that is too high."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The median size of an update, relative to the weights, above which a training cannot settle.
RATIO = 0.03
#: The fit of the training part from which nothing is missing.
FIT = 0.8


class LearnedUnsteadily(Rule):
    """Report a training whose updates are so large that it does not fit its training part, nor improves any more.

    CS231n, 2017, lecture 6: norm(update) / norm(weights) should be about 1e-3; 0.01 is about the upper end.
    """

    code = VerdictCode.LEARNED_UNSTEADILY

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the median ratio."""
        fit = evidence.training_fit
        ratio = float(np.median(evidence.update_ratios)) if len(evidence.update_ratios) else 0.0
        if ratio <= RATIO or not fit < FIT or evidence.is_improving:
            return None
        return Symptom(
            message=f"a step changes the weights by {ratio:.1e} of their size, and the model fits {fit:.0%} of its "
            "training part",
            measured={"update_ratio": ratio, "fit": fit},
            threshold={"update_ratio": RATIO, "fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the learning rate at which updates have the usual size."""
        factor = float(np.clip(1e-3 / symptom.measured["update_ratio"], 1e-3, 0.3))
        return places.learning_rate, places.scale_learning_rate(factor)
