"""A model that fits neither part."""

from __future__ import annotations

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The fit of the training part below which it is not learned.
FIT = 0.5
#: By how much the fit was better before a stage that has made the model worse.
WORSE = 0.1

#: The drop rate of a layer from which less of it is the first thing to try.
DROPPED = 0.5


class Underfitting(Rule):
    """Report a model that fits less than half of its training part, and is not improving any more.

    The curves of a model that is too small and those of labels with noise look the same; a wider model tells.
    """

    code = VerdictCode.UNDERFITTING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the fit of the training part."""
        fit = evidence.training_fit
        if not fit < FIT or evidence.is_falling:
            return None
        before = None if evidence.loss_before is None else evidence.fit(evidence.loss_before)
        if before is not None and (before > fit + WORSE or before > 0 > fit):
            return Symptom(
                message=f"the model fits {fit:.0%} of its training part, but fitted {before:.0%} of the validation "
                "part before the stage",
                measured={"fit": fit, "before": before},
                threshold={"fit": FIT, "before": WORSE},
            )
        return Symptom(
            message=_message(fit),
            measured={"fit": fit},
            threshold={"fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return a wider model; a lower learning rate if the model was better before the stage."""
        if "before" in symptom.measured:
            return places.learning_rate, places.lower_learning_rate()
        if (known := self.known_cause(evidence)) is not None:
            return known
        if evidence.drop_rate >= DROPPED:
            return places.less_noise()
        if symptom.measured["fit"] < 0:
            return (
                "train",
                "check the scale of inputs and targets, the initial weights and the learning rate: kpipe check",
            )
        return "model", "train a wider model: if it fits no better, the labels are noisy or the inputs tell too little"


def _message(fit: float) -> str:
    if fit < 0:
        return "the model is worse on its training part than a constant answer"
    return (
        f"the model fits {fit:.0%} of its training part; whether it is too small or the labels are noisy, the curves "
        "cannot tell"
    )
