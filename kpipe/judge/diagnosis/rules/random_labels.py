"""Labels that do not depend on the inputs."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, best
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces

#: The gain of the validation part over the trivial loss below which nothing was learned.
GAIN = 0.02
#: The fit of the training part above which the model has memorized.
FIT = 0.2


class RandomLabels(Rule):
    """Report a model that fits its training part, but is never better than a constant answer on the validation part.

    Zhang et al., "Understanding deep learning requires rethinking generalization", ICLR 2017: networks fit random
    labels.
    """

    code = VerdictCode.RANDOM_LABELS
    scope = Scope.RUN

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the best fits of both parts."""
        lowest, training = best(evidence.validation), best(evidence.training)
        training = best(evidence.running) if math.isnan(training) else training
        gain, fit = evidence.fit(lowest), evidence.fit(training)
        if not (gain < GAIN and fit > FIT):
            return None
        return Symptom(
            message=f"the model fits {fit:.0%} of its training part, but on the validation part it is never better "
            f"than a constant answer by more than {max(gain, 0):.1%}",
            measured={"gain": gain, "fit": fit},
            threshold={"gain": GAIN, "fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return to look at the labels."""
        return "data.source", "check that each label belongs to its input, such as the order of rows and files"
