import pytest
from golden import expect_message, raises

from kpipe.errors import SpecError
from kpipe.spec.yaml_text.yaml_reader import read_file, read_text


def problems(text):
    with pytest.raises(SpecError) as caught:
        read_text(text, "a.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_quoted_scalars_are_strings_and_keys_are_strings():
    node = read_text("a: '3'\n1: \"null\"\ntrue: x", "a.yaml")
    assert node.plain() == {"a": "3", "1": "null", "true": "x"}


def test_every_value_and_key_has_its_place():
    node = read_text("train:\n  optimizer: {SGD: {momentum: 0.9}}\n  callbacks:\n    - One\n    - Two\n", "a.yaml")
    momentum = node.entries["train"].entries["optimizer"].entries["SGD"].entries["momentum"]
    assert str(momentum.mark) == "a.yaml:2:31"
    assert (momentum.mark.end_line, momentum.mark.end_column) == (2, 34)
    assert momentum.path == "train.optimizer.SGD.momentum"
    assert str(node.entries["train"].keys["callbacks"]) == "a.yaml:3:3"
    assert [str(item.mark) for item in node.entries["train"].entries["callbacks"].items] == [
        "a.yaml:4:7",
        "a.yaml:5:7",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 3\na: 4", ["a.yaml:2:1: a: duplicate key 'a'; the first is at line 1; remove or rename one of them"]),
        (
            "a: !!str 3",
            ["a.yaml:1:4: a: the tag !!str is not allowed; remove it, and quote the value if it is a string"],
        ),
        (
            "a: !python/object:os.system x",
            [
                "a.yaml:1:4: a: the tag !python/object:os.system is not allowed; "
                "remove it, and quote the value if it is a string"
            ],
        ),
        (
            "b: &x {c: 1}\na:\n  <<: *x",
            ["a.yaml:3:3: a: the merge key << is not allowed; use `extends`, a block, or `vars`"],
        ),
        ("a: 1\n---\nb: 2", ["a.yaml:2:1: expected one YAML document, got a second one; write it into another file"]),
        (
            "c: {filters: =max(1, n)}",
            ["a.yaml:1:14: c.filters: a comma splits the expression '=max(1'; quote it: \"=max(1, n)\""],
        ),
        (
            "c: =max(1 #, n)",
            ["a.yaml:1:4: c: ` #` begins a comment and splits the expression '=max(1'; quote the expression"],
        ),
        (
            "c: {size: (3, 3), same: 1}\nd: [f(a, b=(1, 2)), (1, 1)]",
            [
                "a.yaml:1:11: c.size: a tuple of Python is not a value; write [3, 3], or quote a string",
                "a.yaml:2:5: d.0: a call of Python is not a value; write f: {...: a, b: [1, 2]}, or quote a string",
                "a.yaml:2:21: d.1: a tuple of Python is not a value; write [1, 1], or quote a string",
            ],
        ),
        (
            'a: "C:\\new\\temp"\nb: "D:\\table"\nc: "x:\\n"',
            [
                f"a.yaml:{line}:4: {key}: a backslash begins an escape in double quotes; write a path of Windows with / or "
                "in single quotes"
                for line, key in ((1, "a"), (2, "b"))
            ],
        ),
        ("? [a]\n: 1", ["a.yaml:1:3: expected a string as the key, got a list, a mapping or an alias"]),
        ("a: &a [*a]", ["a.yaml:1:8: a.0: *a contains itself"]),
        ("a: *b", ["a.yaml:1:4: a: unknown anchor &b; define it before it is used"]),
        (
            "a:\n\tb: 3",
            ["a.yaml:2:1: not YAML: indentation by a tab; use spaces"],
        ),
    ],
)
def test_traps_are_refused_at_their_place(text, expected):
    assert problems(text) == expected


def test_all_problems_come_at_once():
    assert len(problems("a: 1\na: 2\nb: !!int 3\nc: {d: =min(1, 2)}\n")) == 3


def test_a_whole_expression_before_a_comment_is_fine():
    assert read_text("a: =depth * 2  # twice", "a.yaml").plain() == {"a": "=depth * 2"}


def test_an_alias_is_a_copy_with_its_own_path():
    node = read_text("a: &x {b: 1}\nc: *x", "a.yaml")
    copy = node.entries["c"].entries["b"]
    assert copy.path == "c.b"
    assert str(copy.mark) == "a.yaml:1:11"
    assert copy is not node.entries["a"].entries["b"]


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (message,) = problems("\n".join(lines))
    expect_message(message)


def test_deep_nesting_is_refused():
    (message,) = problems("[" * 500 + "]" * 500)
    expect_message(message)


def test_an_empty_text_is_null():
    assert read_text("", "a.yaml").value is None


@pytest.mark.parametrize(
    "data",
    [
        b"a: \xff\xfe",
        "a: 1".encode("utf-16"),
        b"a: \x00",
    ],
)
def test_wrong_bytes_are_named(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_bytes(data)
    from pathlib import Path

    with raises(SpecError) as caught:
        read_file(Path("a.yaml"))
    expect_message(str(caught.value))


def test_a_byte_order_mark_is_not_content(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: 1".encode("utf-8-sig"))
    assert read_file(tmp_path / "a.yaml").plain() == {"a": 1}


def test_what_cannot_be_read_is_reported(tmp_path):
    for path in [tmp_path, tmp_path / "no.yaml"]:
        with raises(SpecError):
            read_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "a:\n\tb: c",
        "a:\n  b: 1\n\tc: 2",
        "-\t- a",
        "a:\t- b",
        "a: b\n\t c",
    ],
)
def test_tabs_are_refused_for_what_they_do(text):
    with raises(SpecError):
        read_text(text, "a.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\tb", {"a": "b"}),
        ("a: \t1\t\nb\t:\t2\t# c", {"a": 1, "b": 2}),
        ("a:\t{b:\t[c,\td\t]\t}\t", {"a": {"b": ["c", "d"]}}),
        ("a:\t\n  b: c\n\t\n  d: e", {"a": {"b": "c", "d": "e"}}),
        ("a:\t|\n  b\nc:\t'd'\t", {"a": "b\n", "c": "d"}),
        ("a: b\tc \td\n  e", {"a": "b\tc \td e"}),
    ],
)
def test_tabs_separate_values(text, expected):
    assert read_text(text, "a.yaml").plain() == expected


def test_nested_aliases_are_refused_before_the_stack_overflows():
    lines = "".join(f"a{i}: &a{i} {'[' * 90}*a{i - 1}{']' * 90}\n" for i in range(1, 30))
    with pytest.raises(SpecError) as caught:
        read_text(f"a0: &a0 [1]\n{lines}", "a.yaml")
    (problem,) = caught.value.problems
    expect_message(problem.message)
    assert problem.mark.line == 3


@pytest.mark.parametrize(
    "text",
    ["{kk: [1, 1]}", "? kk\n: 1", "a: &a [[1, 1]]\n? kk\n: *a", "{k: {k: 1}}"],
    ids=["list", "key", "alias", "two"],
)
def test_keys_that_every_value_below_would_repeat_are_bounded(text):
    read_text(text.replace("k", "k" * 400), "a.yaml")
    with raises(SpecError):
        read_text(text.replace("k", "k" * 600), "a.yaml")
