import pytest

from kpipe.spec.merging.merge import class_name, merged
from kpipe.spec.yaml_text.yaml_reader import read_text


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ("{a: 1, b: {c: 2}}", "{b: {d: 3}}", {"a": 1, "b": {"c": 2, "d": 3}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: {b: 1}}", "{a: null}", {"a": None}),
        # A component merges with one of its class and replaces one of another.
        ("{o: {SGD: {m: 1}}}", "{o: {SGD: {n: 2}}}", {"o": {"SGD": {"m": 1, "n": 2}}}),
        ("{o: {SGD: {m: 1}}}", "{o: {Adam: {n: 2}}}", {"o": {"Adam": {"n": 2}}}),
        ("{o: {SGD: {m: 1}}}", "{o: SGD}", {"o": {"SGD": {"m": 1}}}),
        ("{o: {SGD: {m: 1}}}", "{o: Adam}", {"o": "Adam"}),
        ("{o: SGD}", "{o: {SGD: {m: 1}}}", {"o": {"SGD": {"m": 1}}}),
        ("{o: auto}", "{o: {SGD: {m: 1}}}", {"o": {"SGD": {"m": 1}}}),
        ("{o: {SGD: {m: 1}}}", "{o: auto}", {"o": "auto"}),
        ("{o: {keras.SGD: {m: 1}}}", "{o: {keras.SGD: {n: 1}}}", {"o": {"keras.SGD": {"m": 1, "n": 1}}}),
    ],
)
def test_merging(base, over, expected):
    base_node, over_node = read_text(base, "base"), read_text(over, "over")
    assert merged(base_node, over_node).plain() == expected
    assert base_node.plain() == read_text(base, "base").plain()


def test_marks_name_the_file_that_won():
    node = merged(read_text("{a: 1, b: 2}", "base"), read_text("{b: 3}", "over"))
    assert (node.entries["a"].mark.file, node.entries["b"].mark.file) == ("base", "over")
    assert (node.keys["a"].file, node.keys["b"].file) == ("base", "over")


def test_class_names():
    assert class_name(read_text("Adam", "")) == class_name(read_text("{Adam: {}}", "")) == "Adam"
    assert class_name(read_text("adam", "")) is None
    assert class_name(read_text("{Adam: 1, SGD: 2}", "")) is None
