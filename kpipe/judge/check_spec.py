"""The protocol before a long run, for a spec."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.judge.check_report import CheckReport
from kpipe.judge.protocol import PROBES
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.budget import Budget
from kpipe.judge.protocol.run_probes import run_probes
from kpipe.judge.protocol.stopwatch import Stopwatch
from kpipe.train.plan import check_plan
from kpipe.train.planned_stages import check_stages
from kpipe.train.run_folder.result import versions
from kpipe.train.setup.setup import set_up


def check_spec(spec: CheckedSpec, say: Callable[[str], None], budget: float | None = None) -> CheckReport:
    """Run all probes of the protocol on the training of a spec; call it inside `spec_session`.

    Of a training with stages, the probes train the first one, and the expected time is that of all stages.

    Args:
        spec: a checked spec.
        say: receives each message of the start of a run, and the title of each probe before it runs.
        budget: the seconds that the probes may use, above 0; by default the rule of `Budget`.

    Raises:
        SpecError: the spec does not fit the data, or a static check has found an error.
        DataError: the data cannot be used.
    """
    setup = set_up(spec, say, reports_devices=True, one_device=True)
    try:
        later = check_stages(setup, first=1)
        plan = check_plan(setup)
        notices = [*(finding.message for finding in setup.findings), *plan.notices, *plan.warnings]
        if later and setup.stage is not None:
            notices.insert(0, f"the probes train {setup.stage.title}; later stages are checked without a step")
        notices += dict.fromkeys(line for other in later for line in other.notices if line not in notices)
        # Before the model is compiled for the measurements.
        plan.initializations.apply(notices.append)
        stopwatch = Stopwatch()
        allowed = Budget(stopwatch, budget)
        with setup.prepared.worker_errors():
            bench = Bench(setup, plan, stopwatch, allowed)
            ignored = () if spec.checks is None else spec.checks.ignore
            results = run_probes(bench, PROBES, ignored, lambda title: say(f"checking: {title}"))
        return CheckReport(
            name=spec.name,
            results=results,
            budget=allowed.seconds,
            seconds=stopwatch.seconds,
            traced=stopwatch.traced,
            run_seconds=bench.run_seconds,
            curve=bench.curve,
            versions=versions(),
            notices=notices,
        )
    finally:
        setup.prepared.close()
