import functools
import json

import pytest

from kpipe.components import check, vocabulary
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.schema.argument import argument_schema
from kpipe.spec.yaml_text.yaml_reader import read_text

#: Values of every form; the texts are words of some enumeration, names of classes, or neither.
VALUES = [
    None, True, False, 0, 1, -1, 3, 0.5, -0.5, 1.0, 2.5, 10**9,
    "same", "SAME", "Channels_First", "relu", "ReLU", "keras.ReLU", "glorot_uniform", "l2", "HeNormal", "L2", "float32",
    "mean", "auto", "epoch", "Adam", "max_norm", "1", "", "=x", "==x",
    [], [1], [2, 2], [[1, 2], [3, 4]], [None, 3], [0.5, 1], ["a", "b"], ["=a", 1], [True], ["ReLU"], [{"ReLU": {}}],
    {}, {"a": 1}, {"ReLU": None}, {"HeNormal": {"seed": 1}}, {"L2": {"l2": 0.1}}, {"MaxNorm": "=arguments"},
    {"LSTMCell": {"units": 3}}, {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 3}}, {"SGD": {}},
]  # fmt: skip


@functools.cache
def arguments():
    """One argument of each sort that a class has."""
    words, sorts = vocabulary(), {}
    for kind in KINDS:
        for name in words.names(kind):
            for argument in words.find(kind, name).arguments.values():
                fields = {**argument.to_dict(), "name": "", "documentation": "", "required": False, "default": None}
                sorts.setdefault(json.dumps(fields), (kind, name, argument))
    return sorted(sorts.values(), key=lambda entry: (entry[0], entry[1], entry[2].name))


@functools.cache
def judged(kind):
    """Each argument of the classes of a kind with its schema, and each value with whether kpipe accepts it."""
    return [
        (
            name,
            argument,
            argument_schema(argument),
            [(value, _is_accepted(kind, name, argument, value)) for value in VALUES],
        )
        for of, name, argument in arguments()
        if of == kind
    ]


def _is_accepted(kind, name, argument, value):
    given = {key: "=x" for key, entry in vocabulary().find(kind, name).arguments.items() if entry.required}
    found = []
    check(read_text(json.dumps({name: {**given, argument.name: value}}), "t.yaml"), kind, "", found)
    return not found


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in arguments()}))
def test_values_that_kpipe_accepts_are_accepted(editor, kind):
    wrongly_refused = []
    for name, argument, schema, values in judged(kind):
        for value, is_accepted in values:
            if is_accepted and not editor.accepts_as(schema, value):
                wrongly_refused.append((name, argument.name, value))
    assert wrongly_refused == []


def test_most_of_what_kpipe_refuses_is_refused(editor):
    refused = missed = 0
    for kind in sorted({kind for kind, _, _ in arguments()}):
        for _, _, schema, values in judged(kind):
            for value, is_accepted in values:
                # A string that begins with `=` may always be an expression.
                if not is_accepted:
                    refused += 1
                    missed += editor.accepts_as(schema, value)
    assert refused > 1000
    assert missed < 0.1 * refused


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_is_accepted_with_what_it_needs(editor, kind):
    for name in vocabulary().names(kind):
        needed = [key for key, entry in vocabulary().find(kind, name).arguments.items() if entry.required]
        place = {"$ref": f"#/definitions/{kind}"}
        assert editor.accepts_as(place, {name: dict.fromkeys(needed, "=x")})
        assert editor.accepts_as(place, {f"keras.{name}": {}})
        assert editor.accepts_as(place, name) is not bool(needed)
        assert editor.accepts_as(place, {name: {}}) is not bool(needed)
        assert editor.accepts_as({"$ref": f"#/definitions/part.{kind}"}, {name: {}})


def test_ranges_and_enumerations():
    share = ArgumentInfo("rate", types=frozenset({"float"}), minimum=0.0, maximum=1.0, maximum_open=True, default=0.5)
    number, expression = argument_schema(share)["anyOf"]
    assert number == {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
    assert expression == {"type": "string", "pattern": "^="}
    assert argument_schema(share)["default"] == 0.5
    padding = ArgumentInfo("padding", types=frozenset({"str"}), choices=("a_b",), any_case=True, documentation="Which.")
    schema = argument_schema(padding)
    assert schema["anyOf"][:2] == [{"enum": ["a_b"]}, {"type": "string", "pattern": "^(?:[Aa]_[Bb])$|^="}]
    assert schema["description"] == "Which."


def test_an_argument_of_any_type_is_not_limited():
    assert argument_schema(ArgumentInfo("x")) == {}
