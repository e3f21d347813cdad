import pytest
from golden import expect_messages

from kpipe.spec.expressions.scope import Scope
from kpipe.spec.variables import variables
from kpipe.spec.yaml_text.yaml_reader import read_text


def scope_of(text: str) -> Scope:
    problems = []
    scope = variables(read_text(text, "a.yaml"), problems)
    assert not problems
    return scope


@pytest.mark.parametrize(
    "text",
    [
        "{width: 8, half: =width // 2, sizes: [=half, =width]}",
        "{sizes: [=half, =width], half: =width // 2, width: 8}",
        "{half: =width // 2, sizes: [=half, =width], width: 8}",
    ],
)
def test_the_order_of_variables_has_no_effect(text):
    assert dict(scope_of(text)) == {"width": 8, "half": 4, "sizes": [4, 8]}


def test_components_and_strings_use_later_variables():
    scope = scope_of("{norm: {GroupNorm: {groups: =groups}}, groups: 4, text: '==groups'}")
    assert dict(scope) == {"norm": {"GroupNorm": {"groups": 4}}, "groups": 4, "text": "=groups"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{a: =a + 1}", 1),
        ("{a: =b, b: {Dense: {units: =c}}, c: '=a * 2', d: =a, e: =nothing}", 2),
        ("{a: =b, b: =1 / 0}", 1),
        ("{rate: =rat}", 1),
    ],
)
def test_a_failing_variable_is_one_problem(text, count):
    problems = []
    scope = variables(read_text(text, "a.yaml"), problems)
    expect_messages(map(str, problems), count)
    assert not any(scope.about(name).is_known for name in scope)
