"""A training that ended too soon."""

from __future__ import annotations

import math

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Curve, Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The relative improvement of the last fifth over the fifth before.
IMPROVEMENT = 0.1
#: The fewest epochs of which a fifth is compared.
_EPOCHS = 5


class StillImproving(Rule):
    """Report a validation loss whose mean over the last fifth of the epochs is 10 % below that of the fifth before."""

    code = VerdictCode.STILL_IMPROVING

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the improvement."""
        losses = evidence.validation[~np.isnan(evidence.validation)]
        if len(losses) < _EPOCHS or evidence.status != "completed":
            return None
        fifth = max(1, len(losses) // 5)
        improvement = _improvement(losses[-2 * fifth : -fifth], losses[-fifth:])
        if not improvement > IMPROVEMENT:
            return None
        return Symptom(
            message=f"the validation loss of the last {fifth} epochs is {improvement:.0%} lower than that of the "
            f"{fifth} before",
            measured={"improvement": improvement},
            threshold={"improvement": IMPROVEMENT},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return twice as many epochs."""
        return "train.epochs", f"--set train.epochs={2 * evidence.epochs}"


def _improvement(before: Curve, after: Curve) -> float:
    first = float(before.mean())
    return 1 - float(after.mean()) / first if first > 0 else math.nan
