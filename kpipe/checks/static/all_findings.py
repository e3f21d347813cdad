"""The findings of all static checks."""

from __future__ import annotations

from collections.abc import Collection

from kpipe.checks.static import CHECKS
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding


def all_findings(facts: Facts, ignored: Collection[str] = ()) -> list[Finding]:
    """Return the findings of all checks at any level, in the order of their codes.

    Args:
        facts: what is known about the training.
        ignored: codes that are not reported.

    Example:
        >>> from kpipe.checks.static.network import Network
        >>> facts = Facts(network=Network([], {}), samples=20)
        >>> [finding.code for finding in all_findings(facts)], all_findings(facts, ["E005", "W005"])
        (['E005', 'W005'], [])
    """
    return [finding for check in CHECKS if check.code not in ignored for finding in check.findings(facts)]
