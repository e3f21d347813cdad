"""A training that is regularized too much."""

from __future__ import annotations

import math

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Curve, Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces

#: The fit of the training part below which a model is underfitted.
FIT = 0.8
#: The share of the penalty in the loss, and how many times the loss in inference that of training with dropout is.
SHARE, NOISE = 0.2, 1.5
#: The code of the static check for drop rates of 0.8 or more.
_DROPS_MOST = "W004"
#: The share in the first measured epoch, and the fit, of a training whose penalties have made the weights vanish.
FIRST_SHARE, FIRST_FIT = 0.5, 0.5


class OverRegularized(Rule):
    """Report a model that does not fit its training part, while penalties or dropout are large.

    The fit is 1 - loss / trivial loss, in inference mode.
    """

    code = VerdictCode.OVER_REGULARIZED
    scope = Scope.EACH_STAGE

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the share of the penalty, or how much of the loss dropout adds."""
        training = last(evidence.training)
        if math.isnan(training):
            return None
        fit, shares = evidence.training_fit, penalty_shares(evidence)
        share, first = (float(shares[-1]), float(shares[0])) if len(shares) else (0.0, 0.0)
        noise = _noisy_loss(evidence) / training if training > 0 and evidence.drop_rate else 0.0
        threshold = {"fit": FIT, "share": SHARE, "first_share": FIRST_SHARE, "first_fit": FIRST_FIT, "noise": NOISE}
        measured = {"fit": fit, "share": share, "first_share": first, "noise": noise}
        if fit >= FIT or math.isnan(fit):
            return None
        if share > SHARE:
            message = f"the model fits {fit:.0%} of its training part, and penalties are {share:.0%} of the loss"
        elif first > FIRST_SHARE and fit < FIRST_FIT:
            message = (
                f"the model fits {fit:.0%} of its training part, and penalties were {first:.0%} of the loss at first"
            )
        elif _DROPS_MOST in evidence.findings:
            message = f"the model fits {fit:.0%} of its training part, and a layer drops most of its values"
        elif noise > NOISE:
            message = f"the model fits {fit:.0%} of its training part, and dropout multiplies the loss by {noise:.1f}"
        else:
            return None
        return Symptom(message=message, measured=measured, threshold=threshold)

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return a hundredth of the penalties, or lower rates."""
        if symptom.measured["share"] > SHARE or symptom.measured["first_share"] > FIRST_SHARE:
            return places.less_regularization()
        return places.less_noise()


def penalty_shares(evidence: Evidence) -> Curve:
    """Return the shares of the penalties in the loss of the training part, in the epochs that were measured."""
    penalty = evidence.measured("penalty")
    with np.errstate(invalid="ignore"):
        shares = penalty / (penalty + np.abs(evidence.training))
    return shares[~np.isnan(shares)]


def _noisy_loss(evidence: Evidence) -> float:
    """Return the loss with dropout at the end: of the last epoch, or of the last quarter of its steps if that is lower.

    The loss falls within an epoch, and that of a few steps is high or low by chance.
    """
    steps = evidence.steps.get("step")
    if steps is None or not len(steps) or not evidence.epochs:
        return last(evidence.running)
    chosen = evidence.steps["loss"][steps > steps[-1] * (1 - 0.25 / evidence.epochs)]
    return min(last(evidence.running), float(chosen.mean()) - float(evidence.penalty[-1]))
