from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.one_hot import OneHot
from kpipe.errors import ArgumentError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

COLOUR = FeatureColumn("colour", "code", ("blue", "green", "red"))
SIZE = FeatureColumn("size", "code", ("l", "s"))
AREA, PRICE = FeatureColumn("area"), FeatureColumn("price")


def test_each_category_gets_a_column_where_its_column_stood(applied: Callable[..., Any]) -> None:
    features = Features("table", "table", (4,), (AREA, COLOUR, PRICE, SIZE))
    stage = OneHot()
    result = applied(stage, np.zeros((1, 4)), [[7.5, 3, -1, 1], [0.5, 1, 2, 2], [1, 0, 1, 0]], features)
    assert result.tolist() == [
        [7.5, 0, 0, 1, -1, 1, 0],
        [0.5, 1, 0, 0, 2, 0, 1],
        [1, 0, 0, 0, 1, 0, 0],
    ]
    left = stage.bind(features)
    names = ["area", "colour=blue", "colour=green", "colour=red", "price", "size=l", "size=s"]
    assert [column.name for column in left.columns] == names
    assert left.coded == ()


def test_a_table_of_one_column(applied: Callable[..., Any]) -> None:
    result = applied(OneHot(), np.zeros((1, 1)), [[2], [0]], Features("table", "table", (1,), (SIZE,)))
    assert result.tolist() == [[0, 1], [0, 0]]


def test_the_width_is_unknown_before_the_categories_are() -> None:
    features = Features("table", "table", (2,), (AREA, FeatureColumn("colour", "code")))
    assert OneHot().bind(features).shape == (None,)


@pytest.mark.parametrize("features", [Features("image", "image", (2, 2, 1)), Features("table", "table", (1,), (AREA,))])
def test_refuses_an_input_without_categories(features: Features) -> None:
    with raises(ArgumentError):
        OneHot().bind(features)
