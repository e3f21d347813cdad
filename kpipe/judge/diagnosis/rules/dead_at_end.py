"""Layers whose units are dead at the end."""

from __future__ import annotations

import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.rules.over_regularized import FIRST_FIT, FIRST_SHARE, penalty_shares
from kpipe.judge.spec_places import SpecPlaces

#: The share of dead units of a layer.
SHARE = 0.5
#: The fit of the training part from which the other units suffice.
FIT = 0.5
#: The size of an update, relative to the weights, from which updates may have killed the units.
RATIO = 0.01


class DeadAtEnd(Rule):
    """Report layers of which more than half the units are never active at the end.

    A unit with relu that is never active has no gradient, so that it stays dead.
    """

    code = VerdictCode.DEAD_AT_END

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the layer with the most dead units."""
        layers = [layer for layer in evidence.layers if (layer.get("dead") or 0.0) > SHARE]
        if not layers or _is_vanished(evidence) or evidence.training_fit >= FIT:
            return None
        worst = max(layers, key=lambda layer: float(layer["dead"]))
        ratios = evidence.update_ratio[~np.isnan(evidence.update_ratio)]
        ratio = float(ratios[0]) if len(ratios) else 0.0
        others = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        return Symptom(
            message=f"{worst['layer']}{others}: {worst['dead']:.0%} of the units are never active",
            measured={
                "layer": worst["layer"],
                "path": worst.get("path", "model"),
                "dead": worst["dead"],
                "update_ratio": ratio,
            },
            threshold={"dead": SHARE},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return an activation with a gradient everywhere; a lower learning rate if updates are large."""
        path, ratio = str(symptom.measured["path"]), symptom.measured["update_ratio"]
        leaky = places.leaky_activation(path)
        lower = places.lower_learning_rate()
        first = lower if ratio > RATIO or not leaky.startswith("--set") else leaky
        return path, f"{first} or smaller initial weights and biases of zero"


def _is_vanished(evidence: Evidence) -> bool:
    """Return whether penalties have made all weights so small that units are dead; they are the cause."""
    shares = penalty_shares(evidence)
    return bool(len(shares)) and float(shares[0]) > FIRST_SHARE and evidence.training_fit < FIRST_FIT
