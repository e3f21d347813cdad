"""A training whose loss exploded."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.rules.learned_slowly import hardly_moved
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces

#: The multiple of the first loss above which a training has exploded, and that if its weights hardly change.
FACTOR, SPIKE = 3.0, 30.0
#: The fit of the training part from which a training has recovered.
FIT = 0.9
#: The drop rate from which the losses of steps are high by chance: what is kept is multiplied by 5.
DROPPED = 0.8


class Exploded(Rule):
    """Report a loss that is not finite, or above three times the first or the trivial loss, and stays harmful.

    Where no update changes the weights by 1e-4 of their size, up to 30 times are those of a batch with unusual samples.

    CS231n, 2017, lecture 6: "if the cost is ever > 3 * original cost, break out early".
    """

    code = VerdictCode.RUN_EXPLODED
    scope = Scope.EACH_STAGE

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the first step with such a loss."""
        if evidence.status == "exploded" or evidence.explosions:
            step = evidence.explosions[0].get("step") if evidence.explosions else None
            where = f" at step {step:,}" if step is not None else ""
            return Symptom(
                message=f"the loss or the weights were no longer finite{where}",
                measured={"status": evidence.status, "step": step},
                threshold={"factor": FACTOR},
            )
        if not len(evidence.steps.get("loss", ())):
            return None
        if evidence.fit(evidence.loss_before or 0.0) < 0:
            return None  # An earlier stage has exploded.
        # The first batch of a few samples can have a low loss by chance.
        first = max(abs(float(evidence.steps["loss"][0])), evidence.trivial or 0.0)
        factor = SPIKE if hardly_moved(evidence) else FACTOR
        high = np.flatnonzero(~(evidence.steps["highest"] <= factor * first))
        if not len(high) or evidence.training_fit >= FIT or evidence.drop_rate >= DROPPED:
            return None
        step, loss = int(evidence.steps["step"][high[0]]), float(evidence.steps["highest"][high[0]])
        return Symptom(
            message=f"the loss was {loss:.4g} at step {step:,}, {factor:g} times the first, {first:.4g}, or more",
            measured={"step": step, "loss": loss, "first": first},
            threshold={"factor": factor},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return a usual learning rate."""
        if not places.has_learning_rate:
            return places.learning_rate, f"{places.lower_learning_rate()} or look for bad samples"
        return places.learning_rate, f"{places.lower_learning_rate()} or add a warm-up or look for bad samples"
