"""The check that no preparation is applied twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: Preparations that have a meaning for several kinds of columns each.
_SEVERAL = ("Encode", "Impute", "OneHot")


class RepeatedPreparation(StaticCheck):
    """The second use of a preparation on an input changes nothing, or makes its values too small.

    Not reported: preparations for several kinds of columns, such as Impute with two strategies.

    Example:
        `prepare: [Rescale, Standardize, Rescale]`.
    """

    code, title = "W007", "preparation applied twice"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each input."""
        for name, classes in facts.preparations.items():
            repeated = [entry for entry, count in Counter(classes).items() if count > 1 and entry not in _SEVERAL]
            if repeated:
                message = f"the input {name} is prepared by {repeated[0]} more than once; remove one of them"
                yield self.at("data.prepare", message, facts)
