"""Printing what the checks of the samples have found."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.checks.finding import Finding
from kpipe.messages.reporter import Reporter


def report_findings(findings: Sequence[Finding], reporter: Reporter) -> None:
    """Print findings, those that are warnings also with `--quiet`; from Python, these are Python warnings.

    Args:
        findings: what the checks have found.
        reporter: receives the messages.

    Example:
        >>> import io
        >>> stream = io.StringIO()
        >>> finding = Finding("leak", "warning", "1 sample is in several parts")
        >>> report_findings([finding], Reporter(quiet=True, messages=stream))
        >>> stream.getvalue().strip()
        '1 sample is in several parts'
    """
    for finding in findings:
        if finding.level == "warning":
            reporter.warn(finding.message)
        else:
            reporter.say(finding.message)
