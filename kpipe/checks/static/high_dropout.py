"""The check that dropout leaves enough values."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: The lowest fraction of dropped values that is reported.
RATE = 0.8


class HighDropout(StaticCheck):
    """A rate of 0.8 leaves one value in five; `rate` is the fraction that is dropped, not the one that is kept.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014, section 7.3
    and appendix A.4: 0.5 for hidden units and 0.2 for inputs are usual.

    Example:
        `Dropout: {rate: 0.9}` where 0.9 was meant as the probability to keep a value.
    """

    code, title = "W004", "dropout of most values"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        calls = [call for call in facts.network.calls if call.rate is not None and call.rate >= RATE]
        rates = f"{calls[0].rate:.0%}" if calls else ""
        yield from self.of(
            calls,
            f"{rates} of the values are dropped in training; expected a rate below {RATE:g}; write rate: 0.5 or less",
        )
