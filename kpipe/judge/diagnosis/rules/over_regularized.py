"""A training that is regularized too much."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The fit of the training part below which a model is underfitted.
FIT = 0.8
#: The share of the penalty in the loss, and the multiple of the loss in inference that dropout adds in training.
SHARE, NOISE = 0.2, 2.0


class OverRegularized(Rule):
    """Report a model that does not fit its training part, while penalties or dropout are large.

    The fit is 1 - loss / trivial loss, in inference mode.
    """

    code = VerdictCode.OVER_REGULARIZED

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the share of the penalty, or how much of the loss dropout adds."""
        training, running = last(evidence.training), last(evidence.running)
        if math.isnan(training):
            return None
        fit, penalty = evidence.fit(training), last(evidence.measured("penalty"))
        share = penalty / (penalty + abs(training)) if penalty > 0 else 0.0
        noise = running / training if training > 0 else 0.0
        threshold = {"fit": FIT, "share": SHARE, "noise": NOISE}
        measured = {"fit": fit, "share": share, "noise": noise}
        if fit >= FIT or math.isnan(fit):
            return None
        if share > SHARE:
            message = f"the model fits {fit:.0%} of its training part, and penalties are {share:.0%} of the loss"
        elif noise > NOISE:
            message = f"the model fits {fit:.0%} of its training part, and dropout multiplies the loss by {noise:.1f}"
        else:
            return None
        return Symptom(message=message, measured=measured, threshold=threshold)

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return a hundredth of the penalties, or lower rates."""
        if symptom.measured["share"] > SHARE:
            return places.less_regularization()
        return "model", "write smaller drop rates"
