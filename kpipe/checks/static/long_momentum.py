"""The check that the momentum of the optimizer fits the length of the training."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: The number of updates of an average that is not reported, and the least number of averages in a training.
SHORT, LEAST = 100, 2.0


class LongMomentum(StaticCheck):
    """A momentum that averages over half of the training hardly follows the loss, and multiplies the learning rate.

    A momentum b averages the gradients of about 1 / (1 - b) updates, and an update becomes up to as many times larger:
    1,000 for 0.999. Measured: 1 / (1 - b) for `momentum` and `beta_1`, against the updates of the training; averages of
    up to 100 updates are not reported.

    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning", ICML 2013,
    section 2.

    Example:
        `SGD: {learning_rate: 0.03, momentum: 0.999}` with 500 updates.
    """

    code, title = "W014", "momentum over half of the training"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each momentum."""
        for entry in facts.averages:
            if entry.steps > max(SHORT, facts.steps / LEAST):
                yield self.at(
                    entry.path,
                    f"{entry.what} of {entry.owner} averages over {entry.steps:,.0f} updates, but the training has "
                    f"{facts.steps:,}; expected at most half of them; write {entry.what}: 0.9",
                    facts,
                )
