"""Running all static checks."""

from __future__ import annotations

from collections.abc import Collection

from kpipe.checks.static.all_findings import all_findings
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.level import Level
from kpipe.errors import SpecError


def run_checks(facts: Facts, ignored: Collection[str] = ()) -> list[Finding]:
    """Return the warnings of all checks, in the order of their codes.

    Args:
        facts: what is known about the training.
        ignored: codes that are not reported.

    Raises:
        SpecError: there are findings at error level; it contains all of them.

    Example:
        >>> from kpipe.checks.static.call import Call
        >>> from kpipe.checks.static.network import Network
        >>> dense = Call(name="dense", class_name="Dense", kernel=(4, 2), is_trainable=True)
        >>> print(*run_checks(Facts(network=Network([dense], {"": 0}), samples=20)))
        W005 data.batch_size: a batch of 32 is larger than the training part of 20 samples, so that an epoch is a \
single step; write a smaller batch_size
    """
    found = all_findings(facts, ignored)
    errors = [finding.problem for finding in found if finding.level == Level.ERROR]
    if errors:
        raise SpecError(errors)
    return found
