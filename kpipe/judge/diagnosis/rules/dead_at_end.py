"""Layers whose units are dead or saturated at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.dead_by_chance import dead_by_chance
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.rules.learned_slowly import hardly_moved
from kpipe.judge.diagnosis.rules.over_regularized import FIRST_FIT, FIRST_SHARE, penalty_shares
from kpipe.judge.spec_places import SpecPlaces

#: The fit of the training part from which the other units suffice.
FIT = 0.5
#: The share of saturated outputs of a layer.
SATURATED = 0.9
#: A share of dead units that only all of them exceed.
ALL = 0.999
#: The fit of the training part from which something was learned.
LEARNED = 0.05
#: The steps before which dead units are those of the initial weights, which `kpipe check` reports.
UPDATES = 50
#: The size of an update, relative to the weights, from which updates may have killed the units.
RATIO = 0.01


class DeadAtEnd(Rule):
    """Report layers of which more than half the units, and two standard errors, are never active at the end.

    A unit with relu that is never active has no gradient, so that it stays dead; it is no reason to stop a training
    that still improves. The same holds for layers of tanh or sigmoid with 90 % of their outputs at a bound.
    """

    code = VerdictCode.DEAD_AT_END

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the layer with the most dead units, or without one that with the most saturated outputs."""
        if _is_vanished(evidence) or evidence.training_fit >= FIT or _learns(evidence):
            return None
        dead = [layer for layer in evidence.layers if (layer.get("dead") or 0.0) > _most_dead(layer, evidence)]
        if dead:
            return _symptom(evidence, dead, "dead", "of the units are never active")
        saturated = [layer for layer in evidence.layers if (layer.get("saturated") or 0.0) > SATURATED]
        return _symptom(evidence, saturated, "saturated", "of the outputs are at a bound") if saturated else None

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return an activation with a gradient everywhere; a lower learning rate if updates are large."""
        path, ratio = str(symptom.measured["path"]), symptom.measured["update_ratio"]
        if "saturated" in symptom.measured:
            return path, "use smaller initial weights, or scale the inputs"
        leaky = places.leaky_activation(path)
        lower = places.lower_learning_rate()
        first = lower if ratio > RATIO or not leaky.startswith("--set") else leaky
        return path, f"{first} or smaller initial weights and biases of zero"


def _symptom(evidence: Evidence, layers: Sequence[Mapping[str, Any]], key: str, what: str) -> Symptom:
    worst = max(layers, key=lambda layer: float(layer[key]))
    ratio = float(evidence.update_ratios[0]) if len(evidence.update_ratios) else 0.0
    others = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
    return Symptom(
        message=f"{worst['layer']}{others}: {worst[key]:.0%} {what}",
        measured={"layer": worst["layer"], "path": worst.get("path", "model"), key: worst[key], "update_ratio": ratio},
        threshold={key: _most_dead(worst, evidence) if key == "dead" else SATURATED},
    )


def _most_dead(layer: Mapping[str, Any], evidence: Evidence) -> float:
    """Return the largest share of dead units that is not reported; all are if no gradient arrives any more."""
    share = dead_by_chance(layer.get("channels"))
    return min(share, ALL) if hardly_moved(evidence) else share


def _learns(evidence: Evidence) -> bool:
    """Return whether a training has hardly begun, or has learned something and improves."""
    steps = evidence.steps.get("step")
    has_begun = steps is None or float(steps[-1]) >= UPDATES
    return not has_begun or (evidence.training_fit > LEARNED and evidence.is_improving)


def _is_vanished(evidence: Evidence) -> bool:
    """Return whether penalties have made all weights so small that units are dead; they are the cause."""
    shares = penalty_shares(evidence)
    return bool(len(shares)) and float(shares[0]) > FIRST_SHARE and evidence.training_fit < FIRST_FIT
