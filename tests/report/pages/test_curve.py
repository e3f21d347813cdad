import math

from kpipe.report.pages.curve import MOST_POINTS, Curve


def test_a_long_curve_keeps_its_ends_and_its_extremes():
    values = [math.sin(index) for index in range(10_000)]
    values[5_003], values[7_001] = 9.0, -9.0
    (points,) = Curve("a", range(10_000), values, "red").segments()
    assert len(points) <= MOST_POINTS + 2
    assert points[0] == (0, values[0])
    assert points[-1] == (9_999, values[-1])
    assert {(5_003, 9.0), (7_001, -9.0)} <= set(points)


def test_missing_values_are_connected_and_those_that_are_not_finite_are_gaps():
    curve = Curve("a", range(1, 7), [1.0, None, 2.0, math.inf, math.nan, 3.0], "red")
    assert curve.segments() == [[(1, 1.0), (3, 2.0)], [(6, 3.0)]]
    assert Curve("a", [1, 2], [None, math.nan], "red").segments() == []


def test_the_dot_is_where_the_curve_has_a_value():
    assert Curve("a", [1, 2], [0.5, 0.25], "red", mark=2).marked() == (2, 0.25)
    assert Curve("a", [1, 2], [0.5, None], "red", mark=2).marked() is None
    assert Curve("a", [1, 2], [0.5, math.nan], "red", mark=2).marked() is None
    assert Curve("a", [1, 2], [0.5, 0.25], "red", mark=7).marked() is None
    assert Curve("a", [1, 2], [0.5, 0.25], "red").marked() is None
