"""Strings that PyYAML reads with another value than YAML 1.2 has, or reads although they are not YAML."""

import pytest
from golden import expect_messages

from kpipe.errors import SpecError
from kpipe.spec.yaml_text.yaml_reader import read_text


def problems(text):
    with pytest.raises(SpecError) as caught:
        read_text(text, "a")
    return [(p.mark.line, p.mark.column, p.message) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        # A non-specific tag makes a text of the number.
        ("a: ! 12", 1, 4),
        ("a: !\n", 1, 4),
        ("! a: b", 1, 1),
        ("a: ! [b]", 1, 4),
        # Names of anchors end only at spaces and flow indicators.
        ("key: &an:chor value", 1, 6),
        ("- &a?b c", 1, 3),
        ("- &x y\n- [*x:z]", 2, 4),
        # In a flow collection, a word may begin with an indicator.
        ("{ ?foo: bar}", 1, 3),
        ("[?x]", 1, 2),
        ("a: [b, ?c]", 1, 8),
        ('{?"a": b}', 1, 2),
        ("{?}", 1, 2),
        ("{? :x}", 1, 4),
        ("[-]", 1, 2),
        ("{a: [b, -, c]}", 1, 9),
        # A comment follows a space.
        ("[a]#comment", 1, 4),
        ('key: "value"# comment', 1, 13),
        ("key: 'value'#", 1, 13),
        ("[ a, b,#c\n]", 1, 8),
        ("{#a\n}", 1, 2),
        ("[ # good\n a,# bad\n]", 2, 4),
        ('{"a":# b\n c}', 1, 6),
        # Further lines are indented more than what they belong to.
        ("flow: [a,\nb,\nc]", 2, 1),
        ('a:\n  - b: "c\n   d"', 3, 4),
        ('quoted: "a\nb"', 2, 1),
        ("quoted: 'a\n\n\tb'", 3, 2),
        ("a:\n- [b\n c, d\n,\n e]", 4, 1),
        ("a:\n  b: {\n c: d}", 3, 2),
        ("a: &x\n  b: {c:\n d}", 3, 2),
        ("a: &x\n- [\nb]", 3, 1),
        ("-\n|\n a", 2, 1),
        # The first line of a block text has its indentation, empty lines before it have not.
        ("a: >\n \n  \n   \n # b", 2, 1),
        ("|1\n  a", 1, 1),
        # Directives.
        ("%YAML 1.1\n---\na: no", 1, 1),
        ("# c\n%TAG ! tag:x,2000:\n---\na: b", 2, 1),
        ("%FOO bar\n---\na: b", 1, 1),
        # Numbers that Python cannot hold.
        ("a: 1e400", 1, 4),
        ("a: [-1.5e999]", 1, 5),
        ("a: 1e-400", 1, 4),
        (f"a: {'1' * 4001}", 1, 4),
        (f"a: 0x{'f' * 4000}", 1, 4),
        # Line breaks of YAML 1.1 only, and a byte order mark in the middle.
        ("a: b\x85c: d", 1, 5),
        ("a: 'b\u2028c'", 1, 6),
        ("# a\u2029b: c", 1, 4),
        ("a: \ufeffb", 1, 4),
    ],
)
def test_what_would_be_read_wrongly_is_refused_at_its_place(text, line, column):
    found = problems(text)
    assert (line, column) in {place[:2] for place in found}
    expect_messages(one for *_, one in found)


@pytest.mark.parametrize(
    "text",
    [
        # What is not YAML in other ways PyYAML finds itself.
        "a: {b: c}d",
        'a: "b" c',
        "a:\n\tb: c",
        "a: b: c",
        "a\nb: c",
        '"a\nb": c',
        "a: [b]]",
        "--- a: b",
        "a: b\n... c",
        "[a, , b]",
        "{, a}",
        "a: %b",
        "a: @b",
        "a: `b",
        "a: ,b",
        "a: &b *c",
        r'a: "\q"',
        "a: |0\n b",
        "a:\n|\n b",
        "{a: :b}",
        "[:x]",
        f"{'a' * 1030}: b",
        "%YAML 1.2#a\n---\nb: c",
        "%YAML 1.2",
    ],
)
def test_what_is_not_yaml_is_refused(text):
    assert problems(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b#c # d", {"a": "b#c"}),
        ("a: [b#c, 'd#', e] #f\n#g", {"a": ["b#c", "d#", "e"]}),
        ("a: '#b' # c#d", {"a": "#b"}),
        ("a: [ # b\n  # c#d\n# e\n  f # g\n  ]", {"a": ["f"]}),
        ("a: [\n  b,\n  c\n]\nd: {\n  e: f\n}\n", {"a": ["b", "c"], "d": {"e": "f"}}),
        ("[a,\nb]", ["a", "b"]),
        ('"a\nb"', "a b"),
        ('a: "b\n\n c"', {"a": "b\nc"}),
        ("- - [a,\n    b]\n  - 'c\n    d'", [[["a", "b"], "c d"]]),
        (
            "a:\n- b: {c:\n    d}\n- &x\n  e: f\n  g: [h,\n   i]",
            {"a": [{"b": {"c": "d"}}, {"e": "f", "g": ["h", "i"]}]},
        ),
        ("{a:1}", {"a:1": None}),
        ("[a:b, c:d: e]", ["a:b", {"c:d": "e"}]),
        ("{\"a\":1, 'b':[c], d:[e]}", {"a": 1, "b": ["c"], "d": ["e"]}),
        ("{a :x}", {"a :x": None}),
        ("? a\n: b", {"a": "b"}),
        ("a: ?b\nc: :d\ne: -f\n?g: h", {"a": "?b", "c": ":d", "e": "-f", "?g": "h"}),
        ("a: [-1, -b, x-]", {"a": [-1, "-b", "x-"]}),
        (r'a: "\/\x41\u263a\U0001F600\_\N\L\P"', {"a": "/A\u263a\U0001f600\xa0\x85\u2028\u2029"}),
        ('a: "b\\\n  c"', {"a": "bc"}),
        ("a: |\n  b\n   c\n\n  d\n", {"a": "b\n c\n\nd\n"}),
        ("a: >-\n  b\n  c\n\n  d\n\n", {"a": "b c\nd"}),
        ("a: |2-\n    b\n", {"a": "  b"}),
        ("a: |+ # b\n  c\n\n", {"a": "c\n\n"}),
        ("a:\n- &x # b|c\n  |\n  d\n", {"a": ["d\n"]}),
        ("a: |\n  b\n   ", {"a": "b\n \n"}),
        ("a: |\n   \n   b\n", {"a": "\nb\n"}),
        ("%YAML 1.2 # a\n---\nb: c\n...\n# d", {"b": "c"}),
        ("\ufeffa: b", {"a": "b"}),
        ("a: b\r\nc: |\r\n  d\r\n", {"a": "b", "c": "d\n"}),
        ("a: b\rc: d", {"a": "b", "c": "d"}),
        ("a: &x-y_1 b\nc: *x-y_1", {"a": "b", "c": "b"}),
        ("a: &x {b: &y c}\nd: [*x, *y]", {"a": {"b": "c"}, "d": [{"b": "c"}, "c"]}),
        ("a: &x b\nc: &x d\ne: *x", {"a": "b", "c": "d", "e": "d"}),
        ("a: [0e-999, 0.0, 1e308, 5e-324, .inf, -.INF]", {"a": [0, 0, 1e308, 5e-324, float("inf"), float("-inf")]}),
        ("017: 017\n~: ~\n1.50: 1.50", {"017": "017", "~": None, "1.50": 1.5}),
    ],
)
def test_what_is_read_is_what_yaml_has(text, expected):
    assert read_text(text, "a").plain() == expected


def test_columns_of_an_argument_are_those_of_the_argument():
    with pytest.raises(SpecError) as caught:
        read_text("[a]#b", "--set vars.a=[a]#b", column_offset=7)
    assert caught.value.problems[0].mark.column == 11


def test_a_fault_that_repeats_itself_in_one_value_is_one_problem():
    assert len(problems('a: "b' + "\nb" * 1000 + '"')) == 1
    assert len(problems("a: [b" + ",\nb" * 1000 + "]")) == 1000
    assert len(problems("a: b\x85" * 1000)) >= 1
    assert len([1 for *_, message in problems("# \u2028\u2028\u2029\na: b") if "differently" in message]) == 2


def test_comments_between_values_are_not_a_matter_of_their_number():
    lines = "".join(f"# {number} #\n" for number in range(2000))
    assert read_text(f"a: [\n{lines} b\n{lines} ]\n{lines}c: d#\n{lines}", "a").plain() == {"a": ["b"], "c": "d#"}
