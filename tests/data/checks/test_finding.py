"""Tests of the levels of findings."""

from kpipe.data.checks.finding import Finding


def test_only_warnings_are_errors_of_strict():
    assert Finding("leak", "warning", "a").is_error
    assert not Finding("duplicates", "notice", "a").is_error
