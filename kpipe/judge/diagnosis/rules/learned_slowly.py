"""A learning rate that is too low."""

from __future__ import annotations

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
#: The fit of the validation part before a stage from which its small updates are fine-tuning.
FINE = 0.8


class LearnedSlowly(Rule):
    """Report a training whose updates are too small, and which does not fit its training part.

    CS231n, 2017, lecture 6: norm(update) / norm(weights) should be about 1e-3.
    """

    code = VerdictCode.LEARNED_SLOWLY

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the largest ratio; that of late epochs is small in any training whose learning rate decays."""
        fit, before = evidence.training_fit, evidence.loss_before
        if not (hardly_moved(evidence) and fit < FIT) or (before is not None and evidence.fit(before) >= FINE):
            return None
        ratio = float(evidence.update_ratios.max())
        return Symptom(
            message=f"a step changes the weights by at most {ratio:.1e} of their size, and the model fits {fit:.0%} of "
            "its training part",
            measured={"update_ratio": ratio, "fit": fit},
            threshold={"update_ratio": RATIO, "fit": FIT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return what is known to prevent learning, else the learning rate at which updates have the usual size."""
        known = self.known_cause(evidence) or places.wider_clipping()
        if known is not None:
            return known
        ratio = float(symptom.measured["update_ratio"])
        return places.learning_rate, places.higher_learning_rate(max(_USUAL / ratio, 3.0) if ratio else 1000.0)


def hardly_moved(evidence: Evidence) -> bool:
    """Return whether all updates that were measured are too small to change the weights."""
    return len(evidence.update_ratios) > 0 and float(evidence.update_ratios.max()) < RATIO
