"""A learning rate that was lowered while the loss was still falling."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Curve, Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The factor between the learning rates of two epochs that is a drop.
DROP = 0.5
#: The share of the highest learning rate at which it has decayed, and that of the epochs before which this is early.
LOW, LATE = 0.1, 0.6
#: The share of a cosine over the whole training below which a learning rate is lower.
COSINE = 0.9
#: The fall of the validation loss in an epoch before the drop, as a share of the trivial loss.
BEFORE = 0.03
#: The share of this fall that has to continue after the drop.
AFTER = 0.2
#: The training loss, as a share of the trivial loss, below which nothing is missing.
DONE = 0.05
#: The most epochs on each side of a drop from which the fall is computed.
_EPOCHS = 3


class DecayedEarly(Rule):
    """Report a drop of the learning rate after which the validation loss falls less than a fifth as fast as before.

    The curve has a small drop and is flat at once, though it was still falling before.
    """

    code = VerdictCode.DECAYED_EARLY

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the first such drop."""
        rates, trivial = evidence.learning_rate, evidence.trivial
        if trivial is None or trivial <= 0 or last(evidence.running) < DONE * trivial:
            return None
        # The loss before the first epoch stands for an epoch, since a drop can follow the first one.
        first = trivial if evidence.loss_before is None else evidence.loss_before
        losses = np.concatenate([[first], evidence.validation])
        for drop in _drops(rates):
            before = _fall(losses[max(1 if drop > 1 else 0, drop - _EPOCHS) : drop + 1]) / trivial
            after = _fall(losses[drop + 1 : drop + _EPOCHS + 2]) / trivial
            if before > BEFORE and after < AFTER * before and evidence.epochs - drop > 1:
                epoch = evidence.start.epochs + drop + 1
                return Symptom(
                    message=f"the learning rate fell from {rates[drop - 1]:.3g} to {rates[drop]:.3g} at epoch "
                    f"{epoch}; before, the validation loss fell by {before:.1%} of the trivial loss an epoch, "
                    f"after it by {max(after, 0):.1%}",
                    measured={"epoch": epoch, "before": before, "after": after},
                    threshold={"before": BEFORE, "after": AFTER, "training": DONE},
                )
        return None

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return to decay later."""
        return places.later_decay(evidence.epochs)


def _drops(rates: Curve) -> list[int]:
    """Return the epochs, from 0, whose learning rate is half of the one before, or first a tenth of the highest.

    It is also below that of a cosine from the highest rate to 0 at the end, which is what the remedy sets: in its last
    epochs, a cosine falls by half too.
    """
    if np.isnan(rates).all():
        return []
    drops = np.flatnonzero(rates[1:] <= DROP * rates[:-1]) + 1
    low = np.flatnonzero(rates <= LOW * np.nanmax(rates))
    low = low[low > np.nanargmax(rates)][:1]
    found = sorted({*drops.tolist(), *low[low < LATE * len(rates)].tolist()})
    cosine = np.nanmax(rates) / 2 * (1 + np.cos(np.pi * np.arange(1, len(rates) + 1) / len(rates)))
    return [drop for drop in found if rates[drop] < COSINE * cosine[drop]]


def _fall(losses: np.ndarray) -> float:
    """Return the mean decrease from one epoch to the next."""
    known = losses[~np.isnan(losses)]
    return float(known[0] - known[-1]) / (len(known) - 1) if len(known) > 1 else 0.0
