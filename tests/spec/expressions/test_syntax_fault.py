import ast

import pytest

from kpipe.spec.expressions.syntax_fault import syntax_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x * 2 + abx(x) + np.log(q", "'(' was never closed, at character 24"),
        ("  (1", "'(' was never closed, at character 3"),
        ("1 + 2)", "unmatched ')', at character 6"),
        ("(1]", "closing parenthesis ']' does not match opening parenthesis '(', at character 3"),
        ("a + 'b", "unterminated string literal, at character 5"),
        ("a b", "invalid syntax"),
        ("", "invalid syntax"),
    ],
)
def test_reasons_of_python(text, fault):
    with pytest.raises(SyntaxError) as caught:
        ast.parse(text.strip(), mode="eval")
    assert syntax_fault(text, caught.value) == fault


def test_other_errors():
    assert syntax_fault("x", MemoryError()) == "invalid syntax"
