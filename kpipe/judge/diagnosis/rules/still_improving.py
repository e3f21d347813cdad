"""A training that ended too soon."""

from __future__ import annotations

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The relative improvement of the last fifth over the fifth before.
IMPROVEMENT = 0.1


class StillImproving(Rule):
    """Report a validation loss whose mean over the last fifth of the epochs is 10 % below that of the fifth before."""

    code = VerdictCode.STILL_IMPROVING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the improvement."""
        improvement = evidence.improvement
        if not improvement > IMPROVEMENT or evidence.status != "completed":
            return None
        return Symptom(
            message=f"the validation loss of the last fifth of the epochs is {improvement:.0%} lower than that of the "
            "fifth before",
            measured={"improvement": improvement},
            threshold={"improvement": IMPROVEMENT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return twice as many epochs."""
        return "train.epochs", f"--set train.epochs={2 * evidence.epochs}"
