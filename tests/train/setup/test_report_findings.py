"""Tests of printed findings."""

import io

import pytest

from kpipe.data.checks.finding import Finding
from kpipe.messages.reporter import Reporter
from kpipe.train.setup.report_findings import report_findings

FINDINGS = [Finding("leak", "warning", "leaking"), Finding("duplicates", "notice", "copies")]


@pytest.mark.parametrize(("quiet", "expected"), [(False, "leaking\ncopies\n"), (True, "leaking\n")])
def test_warnings_are_printed_also_if_quiet(quiet, expected):
    stream = io.StringIO()
    reporter = Reporter(quiet, messages=stream)
    report_findings(FINDINGS, reporter)
    assert stream.getvalue() == expected
    assert reporter.take_messages() == ["leaking", "copies"]


def test_python_warnings():
    with pytest.warns(UserWarning, match="leaking"):
        report_findings(FINDINGS, Reporter.silent())
