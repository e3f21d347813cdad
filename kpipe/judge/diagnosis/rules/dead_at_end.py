"""Layers whose units are dead at the end."""

from __future__ import annotations

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: The share of dead units of a layer.
SHARE = 0.5


class DeadAtEnd(Rule):
    """Report layers of which more than half the units are never active at the end.

    A unit with relu that is never active has no gradient, so that it stays dead.
    """

    code = VerdictCode.DEAD_AT_END

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the layer with the most dead units."""
        layers = [layer for layer in evidence.layers if (layer.get("dead") or 0.0) > SHARE]
        if not layers:
            return None
        worst = max(layers, key=lambda layer: float(layer["dead"]))
        others = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        return Symptom(
            message=f"{worst['layer']}{others}: {worst['dead']:.0%} of the units are never active",
            measured={"layer": worst["layer"], "path": worst.get("path", "model"), "dead": worst["dead"]},
            threshold={"dead": SHARE},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return a tenth of the learning rate."""
        remedy = f"{places.scale_learning_rate(0.1)}, use smaller initial weights, biases of zero, or leaky_relu"
        return str(symptom.measured["path"]), remedy
