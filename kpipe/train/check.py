"""The checks that a run makes before its first step."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.sweep_objective import objective_problems
from kpipe.errors import SpecError
from kpipe.model.metric_columns import MetricColumns
from kpipe.train.setup.spec_session import spec_session


def check_training(spec: CheckedSpec, say: Callable[[str], None]) -> None:
    """Check everything that a run checks before its first step; this reads the data and builds the model.

    Args:
        spec: a checked spec.
        say: receives each message that the run would report, except for its devices.

    Raises:
        SpecError: the model, the training section, or the objective of its sweep does not fit the data.
        DataError: the data cannot be used.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> check_training(checked("kpipe:digits"), print)
        regularized: 4 kernels
    """
    with spec_session(spec):
        from kpipe.train.planned_stages import check_stages
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, say)
        for finding in setup.findings:
            say(finding.message)
        plans = check_stages(setup, say=say)
    if problems := objective_problems(spec, MetricColumns((*plans[0].names,))):
        raise SpecError(problems)
