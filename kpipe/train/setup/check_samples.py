"""The checks of the samples of a spec before its training."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.cache_folder import cache_folder
from kpipe.data.cache.sample_store import Say
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.data_findings import data_findings
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.remembered_arrays import RememberedArrays
from kpipe.data.dataset import Indices
from kpipe.errors import DataError
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


def check_samples(spec: Spec, samples: CheckedSamples, say: Say, folds: Sequence[Indices] = ()) -> list[Finding]:
    """Return what the checks of the samples have found, as `data.checks` specifies.

    Args:
        spec: a checked spec.
        samples: the samples of its data.
        say: reports that images are decoded for the checks alone.
        folds: the indices of each fold, if several runs are checked at once; none by default.

    Raises:
        DataError: with `data.checks: strict`, a finding is a warning.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> from kpipe.train.setup.prepare_data import prepare_data
        >>> from kpipe.train.setup.spec_session import spec_session
        >>> spec = checked("kpipe:digits")
        >>> with spec_session(spec):
        ...     check_samples(spec, prepare_data(spec, print).checked_samples(), print)
        []
    """
    if spec.data.checks == "off":
        return []
    is_weighted = spec.train.class_weight is not None or samples.dataset.weights is not None
    remembered = RememberedArrays(cache_folder() / "data-checks")
    findings = data_findings(samples, remembered, folds=folds, is_weighted=is_weighted, say=say)
    refused = [finding.message for finding in findings if finding.is_error]
    if refused and spec.data.checks == "strict":
        node = spec.tree.entries["data"].entries["checks"]
        problems = [problem_at(node, f"{message}, or set data.checks to warn") for message in refused]
        raise DataError("", problems[0], problems[1:])
    return findings
