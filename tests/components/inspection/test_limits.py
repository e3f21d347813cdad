import math

import pytest
from annotated_types import Ge, GroupedMetadata, Gt, Interval, Le, Lt
from pydantic import Field

from kpipe.components.inspection.limits import Limits


@pytest.mark.parametrize(
    ("metadata", "limits"),
    [
        ([Ge(1)], Limits(1)),
        ([Gt(0), Lt(1)], Limits(0, 1, True, True)),
        ([Interval(ge=0, lt=1)], Limits(0, 1, False, True)),
        ([Field(gt=0, le=2)], Limits(0, 2, True, False)),
        ([Ge(0), Ge(3), Le(9), Le(5)], Limits(3, 5)),
        ([Ge(0), Gt(0), Lt(1), Le(1)], Limits(0, 1, True, True)),
        ([Ge(-math.inf), Lt(math.inf)], Limits()),
        ([Ge(math.nan), Ge("a"), Ge(True), Ge, "a remark"], Limits()),
        ([], Limits()),
    ],
)
def test_limits_are_read_from_any_metadata_with_their_names(metadata, limits):
    assert Limits.of(metadata) == limits


def test_metadata_may_be_grouped_and_of_any_class():
    class Share(GroupedMetadata):
        def __iter__(self):
            yield Ge(0)
            yield Le(1)

    class Above:
        gt = 2

    assert Limits.of([Share()]) == Limits(0, 1)
    assert Limits.of([Above()]) == Limits(2, minimum_open=True)


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (Limits(0, 1), [0, 0.5, 1], [-1e-9, 1.001]),
        (Limits(0, 1, True, True), [1e-300, 0.5], [0, 1, -1, 2]),
        (Limits(minimum=1), [1, math.inf], [0.999]),
        (Limits(maximum=0, maximum_open=True), [-1], [0]),
        (Limits(), [-math.inf, 0, math.inf], []),
    ],
)
def test_the_ends_belong_to_it_where_they_are_closed(limits, inside, outside):
    assert all(value in limits for value in inside)
    assert not any(value in limits for value in outside)


def test_the_hull_contains_both():
    assert Limits(1).hull(Limits(0, 1, True, True)) == Limits(0, None, True)
    assert Limits(0, 1, True, True).hull(Limits(0, 1)) == Limits(0, 1)
    assert Limits(2, 3).hull(Limits()) == Limits()


def test_no_limits_are_false():
    assert not Limits() and Limits(0)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(0, 2**32, maximum_open=True), "at least 0 and less than 4294967296"),
        (Limits(0, 0.25), "between 0 and 0.25"),
        (Limits(maximum=1e300), "at most 1e+300"),
    ],
)
def test_numbers_have_all_digits_that_count(limits, text):
    assert str(limits) == text
