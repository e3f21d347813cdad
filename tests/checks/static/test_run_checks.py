"""Warnings are returned, errors are raised together, and ignored codes are neither."""

import pytest
from checks.static.networks import chain, dense

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.run_checks import run_checks
from kpipe.checks.static.target_facts import TargetFacts
from kpipe.errors import SpecError

LOSS = {"y": TargetFacts(task="classification", loss="CategoricalCrossentropy", activation="relu")}
FACTS = Facts(
    network=chain(dense("a", 8, 4, "relu", has_equal_columns=True), dense("b", 2, 8, "relu")), targets=LOSS, samples=9
)


def test_all_errors_are_raised_together():
    with pytest.raises(SpecError) as caught:
        run_checks(FACTS)
    assert [problem.message[:4] for problem in caught.value.problems] == ["E001", "E004"]


def test_ignored_codes_are_not_reported():
    (finding,) = run_checks(FACTS, ["E001", "E004"])
    assert finding.code == "W005"
    assert run_checks(FACTS, ["E001", "E004", "W005"]) == []
