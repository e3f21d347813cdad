import pytest
from golden import raises

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.merging.item_change import ItemChange, changes_items
from kpipe.spec.yaml_text.yaml_reader import read_text


def change(text):
    mark = Mark("a.yaml", 1, 1, 1, 2)
    node = read_text(text, "a.yaml")
    return node, ItemChange(
        node, "train", lambda message, suggestion: SpecError([Problem(mark, "", message, suggestion)])
    )


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        ("", "c", ["a", "b", "c"]),
        ("", "[]", ["a", "b"]),
        ("0", "c", ["c", "a", "b"]),
        ("b", "[c, d]", ["a", "c", "d", "b"]),
        ("2", "c", ["a", "b", "c"]),
        ("-1", "[[c]]", ["a", ["c"], "b"]),
    ],
)
def test_insertion(before, value, expected):
    node, items = change("[a, b]")
    items.insert(before, read_text(value, "value"))
    assert node.plain() == expected


def test_a_list_can_be_inserted_twice():
    node, items = change("[]")
    value = read_text("[a]", "value")
    items.insert("", value)
    items.insert("0", value)
    assert (node.plain(), value.plain()) == (["a", "a"], ["a"])


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("[A, {B: {name: c}}, d]", "A", [{"B": {"name": "c"}}, "d"]),
        ("[A, {B: {name: c}}, d]", "[c, d, -1]", ["A"]),
        ("[A, {B: {name: c}}, d]", "[0, 1]", ["d"]),
        ("{a: 1, b: 2}", "a", {"b": 2}),
        ("{a: 1, 2: b}", "[2, a]", {}),
    ],
)
def test_removal(text, value, expected):
    node, items = change(text)
    items.remove(read_text(value, "value"))
    assert node.plain() == expected
    assert node.keys.keys() == node.entries.keys()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[Early, Late]", "Erly"),
        ("[A, A]", "A"),
        ("[A]", "{A: {}}"),
        ("[A]", "=index"),
        ("[A]", "0.5"),
        ("[A]", ""),
        ("[]", "0"),
        ("[]", "A"),
        ("{alpha: 1}", "alpa"),
        ("{alpha: 1}", "true"),
        ("{}", "alpha"),
        ("text", "alpha"),
    ],
)
def test_what_cannot_be_removed(text, value):
    node, items = change(text)
    before = node.plain()
    with raises(SpecError):
        items.remove(read_text(value, "value"))
    assert node.plain() == before


def test_paths_that_insert_or_remove():
    changes = ["train.callbacks.+", "model.+0", "model.+head", "model.-", "-", "train.callbacks.+keras.EarlyStopping"]
    assert all(map(changes_items, changes))
    assert not any(map(changes_items, ["model.-1", "model.0", "train.epochs", "vars.a-b"]))
