from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.impute import Impute
from kpipe.errors import ArgumentError, DataError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

NAN = np.nan
AREA, AGE = FeatureColumn("area"), FeatureColumn("age")
TOWN = FeatureColumn("town", "code", ("Bonn", "Ulm"))
BOTH: Any = frozenset(("number", "code"))
ARRAY = Features("x", "array", (2,), missing=frozenset(("number",)))
TABLE = Features("table", "table", (3,), (AREA, TOWN, AGE), missing=BOTH)
ROWS = np.array([[1, 2, 30], [NAN, -1, 40], [5, 2, NAN], [9, 1, 70], [9, 2, 30]])


def fitted(stage: Impute, features: Features, values: Any) -> Features:
    stage.bind(features)
    stage.fit(lambda: [np.asarray(values, np.float64)])
    return stage.bind(features)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("median", [7, 2, 35]), ("mean", [6, 2, 42.5]), ("most_frequent", [9, 2, 30])],
)
def test_each_column_is_filled_by_its_own_value(applied: Callable[..., Any], strategy: Any, expected: Any) -> None:
    stage = Impute(strategy=strategy)
    values = [[NAN, -1, NAN], [3, 0, NAN], [NAN, 1, 4]]
    result = applied(stage, ROWS, values, TABLE)
    assert result.tolist() == [expected, [3, 0, expected[2]], [expected[0], 1, 4]]
    assert stage.bind(TABLE).missing == frozenset()


def test_statistics_are_those_of_numpy(applied: Callable[..., Any]) -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((200, 3, 4)).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = NAN
    features = Features("x", "array", (3, 4), missing=frozenset(("number",)))
    for strategy, statistic in (("median", np.nanmedian), ("mean", np.nanmean)):
        result = applied(Impute(strategy=strategy), values, values, features, tolerance=1e-6)
        expected = np.where(np.isnan(values), statistic(values.astype(np.float64), axis=(0, 1)), values)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_of_equally_frequent_values_the_first_in_order_is_used() -> None:
    stage = Impute(strategy="most_frequent")
    fitted(stage, ARRAY, [[5, 2], [NAN, 1], [-3, 1], [5, 2], [-3, NAN]])
    assert stage.fitted()["fill"].tolist() == [-3, 1]


def test_constants_fill_columns_of_their_type_and_others_are_left_to_the_next(applied: Callable[..., Any]) -> None:
    number, text = Impute(strategy="constant", fill_value=0), Impute(strategy="constant", fill_value="unknown")
    left = fitted(number, TABLE, ROWS)
    assert left.missing == {"code"}
    assert number.transform(ROWS[1:3]).tolist() == [[0, -1, 40], [5, 2, 0]]
    result = applied(text, ROWS, ROWS[1:2], TABLE)
    np.testing.assert_array_equal(result, [[NAN, 3, 40]])
    assert text.bind(TABLE).columns[1].categories == ("Bonn", "Ulm", "unknown")


def test_a_constant_can_be_a_category_in_another_spelling() -> None:
    zone = Features("table", "table", (1,), (FeatureColumn("zone", "code", ("1", "2")),), missing=frozenset(("code",)))
    stage = Impute(strategy="constant", fill_value="2.0")
    assert fitted(stage, zone, [[1.0], [-1.0]]).columns[0].categories == ("1", "2")
    assert stage.transform(np.array([[-1.0]])).tolist() == [[2.0]]


def test_indicators_of_the_columns_with_missing_values_are_appended(applied: Callable[..., Any]) -> None:
    stage = Impute(indicator=True)
    assert stage.bind(TABLE).shape == (None,)
    rows = ROWS.copy()
    rows[:, 2] = 40
    result = applied(stage, rows, [[NAN, -1, NAN], [3, 1, 40]], TABLE)
    assert result.tolist() == [[7, 2, 40, 1, 1], [3, 1, 40, 0, 0]]
    names = ["area", "town", "age", "area is missing", "town is missing"]
    assert [column.name for column in stage.bind(TABLE).columns] == names


def test_without_missing_values_in_the_training_part_there_is_no_indicator(applied: Callable[..., Any]) -> None:
    result = applied(Impute(indicator=True), np.ones((3, 2)), [[NAN, 5]], ARRAY)
    assert result.tolist() == [[1, 5]]


def test_filled_columns_are_reported() -> None:
    stage = Impute()
    fitted(stage, TABLE, ROWS)
    (message,) = stage.messages()
    expect_message(message)
    fitted(stage, ARRAY, [[1.0, 2.0]])
    assert list(stage.messages()) == []


def test_a_column_without_values_is_an_error() -> None:
    with raises(DataError):
        fitted(Impute(), ARRAY, [[1, NAN], [2, NAN]])
    with raises(DataError):
        fitted(Impute(strategy="constant", fill_value="x"), TABLE, [[1, -1, 2]])


@pytest.mark.parametrize(
    "arguments",
    [
        {"strategy": "mode"},
        {"strategy": "constant"},
        {"fill_value": 3},
        {"strategy": "constant", "fill_value": " "},
        {"strategy": "constant", "fill_value": 1e39},
        {"strategy": "constant", "fill_value": NAN},
    ],
)
def test_wrong_arguments(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Impute(**arguments)


@pytest.mark.parametrize(
    ("fill_value", "features"),
    [
        ("unknown", ARRAY),
        (0, Features("table", "table", (1,), (TOWN,), missing=frozenset(("code",)))),
        (0, Features("image", "image", (2, 2, 1))),
    ],
)
def test_a_constant_that_fills_nothing(fill_value: Any, features: Features) -> None:
    with raises(ArgumentError):
        Impute(strategy="constant", fill_value=fill_value).bind(features)
