import pytest

from kpipe.components import ArgumentInfo
from kpipe.components.check_value import check_value

from .marked import node


def faults(text: str, types: str, **fields) -> list[str]:
    argument = ArgumentInfo("x", types=frozenset(types.split()), **fields)
    found = []
    check_value(node(f"[{text}]").items[0], argument, "here", found)
    return [problem.message for problem in found]


INTEGERS = frozenset({"int"})


@pytest.mark.parametrize(
    ("text", "types", "fields"),
    [
        ("3", "float", {}),
        ("3", "int", {}),
        ("true", "any", {}),
        ("[1, [2, 3]]", "list", {"item_types": INTEGERS}),
        ("[1, a, {b: 2}]", "list", {}),
        ("{a: 1}", "dict", {}),
        ("null", "null int", {}),
        ("Same", "str", {"choices": ("same",), "any_case": True}),
        ("3", "str", {"choices": ("a", 3)}),
        ("[=a, 2]", "list", {"item_types": INTEGERS}),
        ("0", "int", {"minimum": 0}),
        ("1.0", "float", {"maximum": 1}),
    ],
)
def test_what_fits(text, types, fields):
    assert faults(text, types, **fields) == []


@pytest.mark.parametrize(
    ("text", "types", "fields", "message"),
    [
        ("3.0", "int", {}, "3.0 is not a whole number"),
        ("true", "int", {}, "true is not allowed; x is a whole number"),
        ("'1'", "float", {}, "'1' is not allowed; x is a number; it is a text: leave out the quotes"),
        ("[1, [2, 3.5]]", "list", {"item_types": INTEGERS}, "3.5 is not a whole number"),
        ("[1]", "int", {}, "[1] is not allowed; x is a whole number"),
        ("{a: 1}", "int list", {}, "{a: 1} is not allowed; x is a whole number or a list"),
        ("null", "int", {}, "null is not allowed; x is a whole number"),
        ("Same", "str", {"choices": ("same",)}, "'Same' is not allowed; x is one of same"),
        (".nan", "any", {}, "nan is not allowed; x must be a finite number"),
        ("1" + "0" * 400, "float", {}, f"1{'0' * 400} is not allowed; x must be a finite number"),
        ("0", "float", {"minimum": 0, "minimum_open": True}, "0 is not allowed; x must be greater than 0"),
        ("[0, 1]", "list", {"maximum": 1, "maximum_open": True}, "1 is not allowed; x must be less than 1"),
    ],
)
def test_what_does_not(text, types, fields, message):
    assert faults(text, types, **fields) == [message]
