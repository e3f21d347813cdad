import pytest

from kpipe.spec.python_syntax import PythonCall, closing_bracket, python_call, split_by_commas, tuple_hint


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Dropout(0.2)", "Dropout: {rate: 0.2}"),
        ("Dropout()", "Dropout"),
        ("keras.layers.Dropout(rate=0.2, seed=None)", "Dropout: {rate: 0.2, seed: null}"),
        ("Dropout(rat=(1, True))", "Dropout: {rate: [1, true]}"),
        ("Dropout(0.2, 3, 'a b')", "Dropout: {rate: 0.2, seed: 3, ...: 'a b'}"),
        ("Dropout(rate=L2(l2=1e-4))", "Dropout: {rate: {L2: {l2: 0.0001}}}"),
        ("Dropout(" + "1, " * 50 + ")", "Dropout: {...}"),
    ],
)
def test_calls_become_items(text, item):
    assert python_call(text).as_item(["rate", "seed"]) == item


@pytest.mark.parametrize(
    "text", ["Dropout", "Dropout (0.2)", "(3, 3)", "f(**x)", "f(x) + 1", "f(", "=f(1)", "f(" * 500]
)
def test_other_strings_are_not_calls(text):
    assert python_call(text) is None


def test_arguments_without_a_known_class():
    assert PythonCall("Own", ("1",), {"size": "2"}).as_item() == "Own: {...: 1, size: 2}"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("(3, 3)", "; write [3, 3]"),
        ("(1, (2, same))", "; write [1, [2, same]]"),
        ("(3)", ""),
        ("(3, 3", ""),
        (3, ""),
        ("(" * 300, ""),
    ],
)
def test_tuples(value, hint):
    assert tuple_hint(value) == hint


@pytest.mark.parametrize(
    ("text", "expected"), [("(3", True), ("f(a", True), ("f (a", False), ("(3)", False), ("a", False)]
)
def test_parts_of_calls_and_tuples(text, expected):
    assert split_by_commas(text) == expected


def test_the_closing_bracket():
    assert closing_bracket("[(3, (1)), 5]", 1) == 9
    assert closing_bracket("[(3, 5]", 1) is None
    assert closing_bracket("none", 0) is None
