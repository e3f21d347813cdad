import pytest
from golden import raises

from kpipe.spec.expressions.expression import ExpressionError, Text, evaluate, names_in, parse

SCOPE = {"depth": 3, "last": 0.5, "widths": [16, 32], "norm": {"groups": 8}, "text": "a"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16 * 2 ** 3", 128),
        ("64 / 4", 16.0),
        ("64 // 4", 16),
        ("-depth % 2", 1),
        ("2 if depth > 2 and not false else 1", 2),
        ("1 < depth <= 3", True),
        ("widths[1] + norm.groups", 40),
        ("norm['groups']", 8),
        ("min(depth, 2) + max(1, 2) + len(widths) + abs(-1) + sum(widths)", 55),
        ("round(2.6) + int(2.9)", 5),
        ("str(depth) + 'x'", "3x"),
        ("float(depth)", 3.0),
        ("[1, 2] + [depth]", [1, 2, 3]),
        ("[0] * 3", [0, 0, 0]),
        ("null == null", True),
        ("true or undefined", True),
        ("text == 'a'", True),
        ("1 - (0 * depth + 0 + 1) / (3 * depth) * (1 - last)", 1 - 1 / 9 * 0.5),
    ],
)
def test_values(text, value):
    found = evaluate(parse(text), SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "().__class__",
        "text.upper()",
        "[x for x in widths]",
        "{x for x in widths}",
        "lambda: 1",
        "open('a')",
        "__import__('os')",
        "min.__call__(1, 2)",
        "f'{depth}'",
        "widths[0:1]",
        "(1, 2)",
        "{'a': 1}",
        "1 in widths",
        "depth is depth",
        "(y := 3)",
        "1j",
        "b'a'",
        "...",
        "~1",
        "1 @ 2",
        "depth << 2",
        "max(*widths)",
        "max(widths, key=1)",
        "await depth",
        "import os",
        "1; 2",
        "",
        "1 +",
    ],
)
def test_what_is_not_the_language_is_refused(text):
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "2 ** 63 * 4",
        "[0] * 100000",
        "1 / 0",
        "widths[5]",
        "norm.size",
        "depth.key",
        "text + 1",
        "text * 3",
        "text % 3",
        "width + 1",
        "10.0 ** 400",
        "(-8) ** 0.5",
    ],
)
def test_what_fails_gives_the_reason(text):
    with raises(ExpressionError):
        evaluate(parse(text), SCOPE)


def test_size_and_depth_are_bounded():
    with pytest.raises(ExpressionError):
        parse("1+" * 5000 + "1")
    with pytest.raises(ExpressionError):
        parse("(" * 900 + "1" + ")" * 900)


def test_an_unknown_name_is_reported_as_such():
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("dept + 1"), SCOPE)
    assert caught.value.unknown == "dept"


def test_names_are_listed_once_without_words_and_calls():
    assert names_in(parse("min(depth, 2) + depth * (last if true else null)")) == ["depth", "last"]


def test_a_string_keeps_its_origin_through_addition():
    scope = {"root": Text.of("data", "/base/spec.yaml")}
    assert evaluate(parse("root + '/train'"), scope).origin == "/base/spec.yaml"
