import pytest

from kpipe.errors import Mark
from kpipe.spec.merging.override_text import override_place, override_text, yaml_text
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python
from kpipe.spec.yaml_text.yaml_reader import read_text

MARK = Mark("spec.yaml", 1, 1, 1, 2)


def node(value):
    return from_python(value, MARK, "")


@pytest.mark.parametrize("path", ["train.epochs", "train.callbacks.+", "a'b\n"])
@pytest.mark.parametrize("is_option", [True, False])
def test_an_override_is_changed_in_the_way_in_which_it_was_made(path, is_option):
    mark = Mark(override_place(path, is_option), 1, 1, 1, 2)
    text = override_text("train.epochs", node(4), mark)
    assert text == ("--set train.epochs=4" if is_option else 'overrides={"train.epochs": 4}')
    assert override_text("train.epochs", node(4), MARK) == "set: {train.epochs: 4}"


@pytest.mark.parametrize(
    "value",
    [
        *[4, 0.5, True, None, "text", "true", "null", "17", "1e3", "a b", "a: b", "=width / 9", "", "snake_case"],
        *["K\xe4se", [1, [2, "x"]], [], {}, {"SGD": {"momentum": 0.9, "nesterov": False}}, {"1": {"a b": []}}],
    ],
)
def test_the_text_is_yaml_of_the_value_on_one_line(value):
    text = yaml_text(node(value))
    assert "\n" not in text and text.isascii()
    assert read_text(text, "spec.yaml").plain() == value


def test_it_has_no_needless_quotes():
    assert yaml_text(node({"SGD": {"momentum": 0.9}})) == "{SGD: {momentum: 0.9}}"


def test_python_gets_python():
    mark = Mark(override_place("train", is_option=False), 1, 1, 1, 2)
    assert override_text("a", node({"b": [None, True]}), mark) == "overrides={\"a\": {'b': [None, True]}}"


def test_the_shell_gets_one_word():
    mark = Mark(override_place("train", is_option=True), 1, 1, 1, 2)
    assert override_text("a", node({"b": "it's"}), mark) == """--set a='{b: "it'"'"'s"}'"""


def test_a_long_value_is_not_shown():
    for place in (MARK, Mark("overrides['a']", 1, 1, 1, 2)):
        assert "..." in override_text("a", Node("x" * 100, MARK), place)
