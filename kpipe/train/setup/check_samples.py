"""The checks of the samples of a spec before its training."""

from __future__ import annotations

from kpipe.cache_folder import cache_folder
from kpipe.data.checks.data_findings import data_findings
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.remembered_arrays import RememberedArrays
from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


def check_samples(spec: Spec, prepared: PreparedData) -> list[Finding]:
    """Return what the checks of the samples have found, as `data.checks` specifies.

    Args:
        spec: a checked spec.
        prepared: its data with fitted preparations.

    Raises:
        DataError: with `data.checks: strict`, a finding is a warning.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> from kpipe.train.setup.prepare_data import prepare_data
        >>> from kpipe.train.setup.spec_session import spec_session
        >>> spec = checked("kpipe:digits")
        >>> with spec_session(spec):
        ...     check_samples(spec, prepare_data(spec, print))
        []
    """
    if spec.data.checks == "off":
        return []
    findings = data_findings(prepared.checked_samples(), RememberedArrays(cache_folder() / "data-checks"))
    refused = [finding.message for finding in findings if finding.is_error]
    if refused and spec.data.checks == "strict":
        node = spec.tree.entries["data"].entries["checks"]
        problems = [problem_at(node, f"{message}, or set data.checks to warn") for message in refused]
        raise DataError("\n".join(map(str, problems)), problems[0])
    return findings
