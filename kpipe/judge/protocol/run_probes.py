"""Running the probes of the protocol within the budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome, Status
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe

_NO_UPDATES = Outcome(summary="the line search chooses the length of each step", is_applicable=False)


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """The result of one probe.

    Args:
        probe: the probe.
        outcome: what was found; None if the probe was skipped.
        seconds: the time that it took, with its traces.
        price: the time that it was expected to take.
    """

    probe: Probe
    outcome: Outcome | None
    seconds: float
    price: Price

    @property
    def status(self) -> Status:
        """How the probe ended."""
        return Status.SKIPPED if self.outcome is None else self.outcome.status

    @property
    def summary(self) -> str:
        """What was measured, or the price of a skipped probe."""
        return f"needs {self.price}" if self.outcome is None else self.outcome.summary


def run_probes(
    bench: Bench, probes: Sequence[Probe], ignored: Collection[str] = (), say: Callable[[str], None] = lambda line: None
) -> list[ProbeResult]:
    """Run probes in their order; those that do not fit into the budget are skipped.

    Args:
        bench: the training; it is unchanged afterwards.
        probes: the probes.
        ignored: the codes of verdicts that are not reported.
        say: receives the title of each probe before it runs.
    """
    found = []
    for probe in probes:
        if probe.of_updates and bench.is_full_batch:
            found.append(ProbeResult(probe=probe, outcome=_NO_UPDATES, seconds=0.0, price=Price(0)))
            continue
        price = probe.price(bench)
        began = bench.stopwatch.seconds
        outcome = None
        if bench.affords(price):
            say(probe.title)
            with bench.restored():
                outcome = probe.run(bench)
            bench.found.update(verdict.code for verdict in outcome.verdicts)
            outcome = _without(outcome, ignored)
        found.append(ProbeResult(probe=probe, outcome=outcome, seconds=bench.stopwatch.seconds - began, price=price))
        bench.budget.expect_run(bench.run_seconds)
    return found


def _without(outcome: Outcome, ignored: Collection[str]) -> Outcome:
    accepted = [verdict.code for verdict in outcome.verdicts if verdict.code in ignored]
    verdicts = [verdict for verdict in outcome.verdicts if verdict.code not in ignored]
    return replace(outcome, verdicts=verdicts, accepted=accepted)
