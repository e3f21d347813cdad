"""The check that the numbers to predict have a suitable scale."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck
from kpipe.checks.static.target_facts import TargetFacts
from kpipe.messages.escaped import escaped
from kpipe.messages.listed_columns import yaml_names

#: The range of standard deviations that is not reported, and the largest absolute mean as a multiple of the deviation,
#: or of 1 if that is larger.
LEAST, MOST, FARTHEST = 0.01, 10.0, 10.0

#: Losses whose gradient depends on the scale of the target.
_LOSSES = ("MeanSquaredError", "MeanAbsoluteError", "Huber")


class TargetScale(StaticCheck):
    """The initial outputs of a model and usual learning rates suit targets with a mean near 0 and a deviation near 1.

    Measured on the training part, as the loss sees it: the root of the mean variance, and the absolute mean as a
    multiple of it. Reported for squared, absolute and Huber losses.

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.5.

    Example:
        Prices of 200,000, without `prepare_targets: [Standardize]`.
    """

    code, title = "W013", "targets on an unsuitable scale"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for name, target in facts.targets.items():
            problem = _problem(target) if target.loss in _LOSSES and target.deviation else None
            if problem is None:
                continue
            stages = "[Standardize]" if len(facts.targets) == 1 else f"{{{yaml_names([name])[1:-1]}: [Standardize]}}"
            yield self.at(
                "data.prepare_targets",
                f"target {escaped(name)}: the {problem}; write data.prepare_targets: {stages}",
                facts,
            )


def _problem(target: TargetFacts) -> str | None:
    labels = f"of the {'prepared ' if target.is_prepared else ''}labels in the training part is"
    effect = f"with which {target.loss} hardly learns; expected"
    if not LEAST <= target.deviation <= MOST:
        return f"standard deviation {labels} {target.deviation:.3g}, {effect} {LEAST:g} to {MOST:g}"
    farthest = FARTHEST * max(target.deviation, 1.0)
    return (
        f"absolute mean {labels} {target.mean:.3g}, {effect} at most {farthest:.3g}" if target.mean > farthest else None
    )
