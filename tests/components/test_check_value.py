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
        ("3.0", "int", {}, "not an integer; expected an integer, got 3.0; write 3"),
        ("true", "int", {}, "not allowed; expected an integer, got true"),
        ("'1'", "float", {}, "not allowed; expected a number, got '1'; it is a string; remove the quotes"),
        ("[1, [2, 3.5]]", "list", {"item_types": INTEGERS}, "not an integer; expected a list of integers, got 3.5"),
        ("[1]", "int", {}, "not allowed; expected an integer, got [1]"),
        ("{a: 1}", "int list", {}, "not allowed; expected an integer or a list, got {a: 1}"),
        ("null", "int", {}, "not allowed; expected an integer, got null"),
        ("Same", "str", {"choices": ("same",)}, "not allowed; expected same, got 'Same'"),
        (".nan", "any", {}, "not finite; expected a finite number, got nan"),
        ("1" + "0" * 400, "float", {}, f"not finite; expected a finite number, got 1{'0' * 400}"),
        ("0", "float", {"minimum": 0, "minimum_open": True}, "out of range; expected a number greater than 0, got 0"),
        ("[0, 1]", "list", {"maximum": 1, "maximum_open": True}, "out of range; expected a number less than 1, got 1"),
    ],
)
def test_what_does_not(text, types, fields, message):
    assert faults(text, types, **fields) == [message]


def test_lists_of_strings_are_not_nested():
    assert faults("[a, b]", "list", item_types=frozenset({"str"})) == []
    assert len(faults("[a, [b]]", "list", item_types=frozenset({"str"}))) == 1
    assert faults("[a, [b]]", "list", item_types=frozenset({"str", "list"})) == []
