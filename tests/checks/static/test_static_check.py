"""Every check has a code, a title, an explanation and an example of its own; a new one is one class."""

import re

import pytest
from checks.static.networks import chain, dense

from kpipe.checks.static import CHECKS
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.static_check import StaticCheck


def test_codes_are_unique_and_ordered():
    codes = [check.code for check in CHECKS]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[EW]\d{3}", code) for code in codes)


@pytest.mark.parametrize("check", CHECKS, ids=[check.code for check in CHECKS])
def test_each_is_explained(check):
    text = type(check).__doc__
    assert text.splitlines()[0].endswith((".", ","))
    assert "Example:\n" in text
    assert check.title[0].islower() or check.title.startswith("BatchNormalization")


class Wide(StaticCheck):
    """More than 1,000 units."""

    code, title = "W999", "wide"

    def findings(self, facts):
        yield from self.of([call for call in facts.network.calls if (call.channels or 0) > 1000], "is wide")


def test_a_new_check_is_one_class():
    network = chain(dense("a", 2000, 4), dense("b", 3000, 2000))
    (finding,) = Wide().findings(Facts(network=network))
    assert str(finding) == "W999 model.a (spec.yaml:7:3): a and 1 more: is wide"
    assert finding.problem.head == "spec.yaml:7:3: model.a: W999: a and 1 more: is wide"
    assert [*Wide().findings(Facts(network=chain(dense("a", 2, 4))))] == []
