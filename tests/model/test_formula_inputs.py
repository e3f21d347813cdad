"""Formulas whose `inputs` are not those of their names."""

import pytest
from golden import expect_message

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError

MODEL = ["Flatten", {"Dense": {"units": 3, "name": "a"}}, {"Dense": {"units": 3, "name": "b", "inputs": "a"}}]


def problem(formula):
    spec = {"name": "f", "data": {"source": "Digits"}, "model": [*MODEL, {"Formula": formula}]}
    try:
        checked(spec)
    except SpecError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "formula",
    [
        {"expression": "u - v", "inputs": {"u": "a", "w": "b"}},
        {"expression": "u * 2", "inputs": {"u": "a", "w": "b"}},
        {"expression": "u - v", "inputs": ["a", "b"]},
        {"expression": "u - v"},
    ],
)
def test_other_names_than_those_of_the_formula_are_problems(formula):
    expect_message(problem(formula))


def test_a_tensor_for_each_name_is_accepted():
    assert problem({"expression": "u - v", "inputs": {"u": "a", "v": "b"}}) == ""
    assert problem({"expression": "u * 2"}) == ""
