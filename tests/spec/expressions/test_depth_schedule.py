from __future__ import annotations

from typing import Any

import pytest
from golden import raises

from kpipe.layers import depth_schedule
from kpipe.spec.expressions.expression import ExpressionError, evaluate, parse


def test_falls_linearly_to_the_last_survival_as_in_equation_4() -> None:
    survivals = [depth_schedule(index, 54, 0.5) for index in range(54)]
    for block, survival in enumerate(survivals, start=1):
        assert survival == pytest.approx(1 - block / 54 * 0.5, abs=1e-15)
    # Section 3: with 54 blocks about 40 are there on average, since E(L) = (3 L - 1) / 4.
    assert sum(survivals) == pytest.approx((3 * 54 - 1) / 4, abs=1e-12)
    assert depth_schedule(0, 1, 0.2) == pytest.approx(0.2)
    assert depth_schedule(3, 9, 1) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (0, 0),
        (4, 4),
        (-1, 4),
        (0.5, 4),
        (True, 4),
        (0, 4, 0),
        (0, 4, 1.1),
    ],
)
def test_errors_for_wrong_arguments_list_the_allowed_values(arguments: Any) -> None:
    with raises(ValueError):
        depth_schedule(*arguments)


def test_is_a_call_of_expressions() -> None:
    assert evaluate(parse("depth_schedule(i, 2 * n, last)"), {"i": 1, "n": 2, "last": 0.2}) == depth_schedule(1, 4, 0.2)
    with raises(ExpressionError):
        evaluate(parse("depth_schedule(4, 4)"), {})
