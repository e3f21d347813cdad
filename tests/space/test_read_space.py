"""Reading of spaces: names, conditions, and complete messages."""

import pytest
from golden import expect_message

from kpipe.space.parameter import Condition
from kpipe.space.read_space import is_space
from space.spaces import node, problems, space

OPTIMIZERS = "train.optimizer: {Choice: [{SGD: {learning_rate: {Log: [0.01, 1]}, momentum: 0.9}}, Adam]}"


def test_a_space_inside_an_option_is_a_condition():
    found = space(OPTIMIZERS)
    assert [(entry.name, str(entry.space), entry.condition) for entry in found.parameters] == [
        ("train.optimizer", "Choice: [SGD, Adam]", None),
        ("train.optimizer.SGD.learning_rate", "Log: [0.01, 1]", Condition("train.optimizer", "SGD")),
    ]


def test_options_of_the_same_class_have_their_position_in_the_label():
    found = space("a: {Choice: [{SGD: {momentum: {Uniform: [0, 1]}}}, {SGD: {momentum: {Uniform: [0, 0.5]}}}]}")
    assert [entry.name for entry in found.parameters] == ["a", "a.SGD 0.momentum", "a.SGD 1.momentum"]
    assert found["a"].space.labels == ("SGD 0", "SGD 1")


def test_a_space_can_be_an_option_itself_or_inside_a_list():
    found = space("a: {Choice: [0.1, {Log: [1, 2]}]}\nb: {Choice: [[Adam, {x: {Int: [1, 2]}}], [Adam]]}")
    assert [entry.name for entry in found.parameters] == ["a", "a.1", "b", "b.0.1.x"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ("[64, 128]", (64, 128)),
        ("[0.5, 1]", ("0.5", "1")),
        ("[true, false]", ("true", "false")),
        ("[relu, null]", ("relu", "null")),
        ("[1, true]", ("1", "true")),
        ("[[1, 2], {a: 3}]", ("[1, 2]", '{"a": 3}')),
    ],
)
def test_labels_have_one_type(values, labels):
    found = space(f"a: {{Choice: {values}}}")["a"].space.labels
    assert found == labels
    assert len({type(label) for label in found}) == 1


def test_only_mappings_with_the_name_of_a_space_and_a_list_are_spaces():
    assert is_space(node("Log: [1, 2]"))
    assert not is_space(node("Log: {a: 1}"))
    assert not is_space(node("Dense: [1, 2]"))


def test_expressions_in_bounds_are_evaluated_and_those_in_options_are_not():
    from kpipe.space.search_space import SearchSpace
    from kpipe.spec.expressions.scope import Name, Scope, evaluated

    scope, found = Scope({"low": Name(2)}), []
    text = "a: {Int: [=low, =low * 4]}\nb: {Choice: [{Dense: {units: =low}}, ReLU]}"
    result = SearchSpace.read(node(text), lambda entry: evaluated(entry, scope), found)
    assert (found, str(result["a"].space)) == ([], "Int: [2, 8]")
    assert result.overrides({"a": 3, "b": "Dense"}) == {"a": 3, "b": {"Dense": {"units": "=low"}}}


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "a: 3",
        "a:",
        "a: [1, 2]",
        "a: {Lgo: [1, 2]}",
        "a: {SGD: {learning_rate: {Log: [1, 2]}}}",
        "a: {Log: 3}",
        "a: {Log: [1]}",
        "a: {Log: [0, 1]}",
        "a: {LogInt: [0, 10]}",
        "a: {Log: ['1', 2]}",
        "a: {Uniform: [1, true]}",
        "a: {Uniform: [.nan, 1]}",
        "a: {Uniform: [1, 1]}",
        "a: {Log: [2, 1]}",
        "a: {Int: [1.5, 3]}",
        "a: {LogInt: [1, 2.5]}",
        "a: {Choice: 3}",
        "a: {Choice: []}",
        "a: {Choice: [3]}",
        "a: {Choice: [3, 3]}",
        "a: {Choice: [Adam, {SGD: {learning_rate: {Log: [1, 0.1]}}}]}",
    ],
)
def test_messages(text):
    expect_message("\n".join(map(str, problems(text))))


def test_labels_are_whole_and_spaces_inside_a_choice_are_named_by_their_place():
    long = "[{EarlyStopping: {patience: 1, monitor: val_loss, mode: min}}]"
    found = space(f"a: {{Choice: [[], {long}]}}\nb: {{Choice: [0, {{Uniform: [0.6, 0.9]}}]}}")
    assert found["a"].space.labels == (
        "[]",
        '[{"EarlyStopping": {"patience": 1, "monitor": "val_loss", "mode": "min"}}]',
    )
    assert found["b"].space.labels == ("0", "Uniform: [0.6, 0.9]")
    assert [parameter.name for parameter in found.parameters] == ["a", "b", "b.1"]


def test_integers_that_no_floating_point_number_equals_are_refused():
    assert not problems(f"a: {{Int: [{-(2**53)}, {2**53}]}}")
    for bounds in ("[1, 100000000000000000000]", f"[{-(2**53) - 1}, 5]", f"[1, {2**53 + 1}]"):
        (problem,) = problems(f"a: {{LogInt: {bounds}}}" if bounds.startswith("[1,") else f"a: {{Int: {bounds}}}")
        assert "expected an integer of at most 9007199254740992 (2^53) in magnitude" in problem.message
