import pytest

from kpipe.components import ArgumentInfo
from kpipe.components.value_text import allowed, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (None, "null"), ("a", "'a'"), (1.5, "1.5"), ([1, {"a": False}], "[1, {a: false}]")],
)
def test_values_are_shown_as_yaml_has_them(value, text):
    assert shown(value) == text


def test_long_values_are_cut():
    assert shown("a" * 100) == f"'{'a' * 56}..."


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"minimum": 0, "minimum_open": True}, "greater than 0"),
        ({"minimum": 1}, "at least 1"),
        ({"minimum": 0, "maximum": 1, "maximum_open": True}, "at least 0 and less than 1"),
        ({"minimum": 0, "maximum": 1}, "between 0 and 1"),
        ({"maximum": 0}, "at most 0"),
        ({}, ""),
    ],
)
def test_limits(fields, text):
    assert str(ArgumentInfo("x", **fields).limits) == text


@pytest.mark.parametrize(
    ("types", "fields", "text"),
    [
        ({"int"}, {}, "an integer"),
        ({"int", "list"}, {"item_types": frozenset({"int"})}, "an integer or a list of integers"),
        ({"str", "null"}, {"choices": ("a", "b")}, "one of a, b or null"),
        ({"str"}, {"choices": (".", ",", "a.b", "")}, 'one of ".", ",", a.b, ""'),
        ({"float"}, {"object_kind": "schedule"}, "a number or a schedule"),
        (set(), {"object_kind": "layer"}, "a layer or a list of layers"),
        ({"dict", "str", "null"}, {}, "a string, a mapping, or null"),
    ],
)
def test_what_an_argument_takes(types, fields, text):
    assert allowed(ArgumentInfo("x", types=frozenset(types), **fields)) == text
