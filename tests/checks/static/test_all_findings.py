"""The findings of all checks, at any level."""

from checks.static.networks import chain, dense

from kpipe.checks.static.all_findings import all_findings
from kpipe.checks.static.facts import Facts

FACTS = Facts(network=chain(dense("a", 8, 4, has_equal_columns=True), dense("b", 2, 8)), samples=9)


def test_errors_and_warnings_are_returned_together():
    assert [finding.code for finding in all_findings(FACTS)] == ["E004", "W002", "W005"]


def test_ignored_codes_are_not_returned():
    assert [finding.code for finding in all_findings(FACTS, ["E004", "W002"])] == ["W005"]
