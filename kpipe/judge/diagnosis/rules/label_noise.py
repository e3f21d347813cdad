"""Labels of which a part is wrong."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The training accuracy at the best epoch of the validation part below which labels may be wrong.
ACCURACY = 0.9
#: Its later rise, and the relative rise of the validation loss in the same time.
RISE, LOSS = 0.04, 0.1


class LabelNoise(Rule):
    """Report a training accuracy that rises after the best epoch, while the validation part becomes worse.

    The model first learns what is right, and then memorizes the wrong labels: Arpit et al., "A closer look at
    memorization in deep networks", ICML 2017.
    """

    code = VerdictCode.LABEL_NOISE

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return what happened after the best epoch."""
        losses, accuracy = evidence.validation, evidence.running_accuracy
        known = np.flatnonzero(~np.isnan(losses) & ~np.isnan(accuracy))
        if len(known) < 3:
            return None
        place = known[int(np.argmin(losses[known]))]
        end = known[-1]
        rise = float(accuracy[end] - accuracy[place])
        gain = float(evidence.validation_accuracy[end] - evidence.validation_accuracy[place])
        loss = float(losses[end] / losses[place] - 1) if losses[place] > 0 else 0.0
        if not (accuracy[place] < ACCURACY and rise >= RISE and gain < RISE and loss >= LOSS):
            return None
        epoch = evidence.start.epochs + int(place) + 1
        return Symptom(
            message=f"after epoch {epoch}, the training accuracy rose from {accuracy[place]:.2f} to "
            f"{accuracy[end]:.2f}, while the validation loss rose by {loss:.0%}: some labels may be wrong",
            measured={"epoch": epoch, "accuracy": float(accuracy[place]), "rise": rise, "loss": loss},
            threshold={"accuracy": ACCURACY, "rise": RISE, "loss": LOSS},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return to look at the suspects."""
        return "data.source", "look at the samples in suspects.csv, and correct or remove wrong labels"
