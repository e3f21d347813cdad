"""Dropout rates from 0.8 are reported."""

import pytest
from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.high_dropout import RATE, HighDropout


@pytest.mark.parametrize("rate", [RATE, 0.95])
def test_a_high_rate_is_reported(rate):
    (message,) = found(HighDropout(), chain(call("drop", "Dropout", rate=rate), dense("b", 2, 8)))
    assert message.startswith(f"model.drop: drop: {rate:.0%} of the values are dropped")


def test_a_usual_rate_is_not():
    assert found(HighDropout(), chain(call("drop", "Dropout", rate=0.79), dense("b", 2, 8))) == []
