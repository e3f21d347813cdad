"""A keyword is one file: its description is what the checks, the schema, the list, the expansion and the builder use."""

import jsonschema
import pytest
from golden import expect_message, raises

from kpipe.checks.checked_spec import checked
from kpipe.components import vocabulary
from kpipe.components.quiet_import import import_keras
from kpipe.errors import SpecError
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described
from kpipe.report.vocabulary_list import vocabulary_list
from kpipe.schema.json_schema import json_schema

keras = import_keras()


class Chain(Keyword):
    """The items one or more times, then an activation."""

    summary = "the items, then an activation"
    arguments = described(
        KeywordArgument("rounds", types=frozenset({"int"}), minimum=1, maximum=3, documentation="How often."),
        KeywordArgument("of", required=True, form=Form.ITEMS, documentation="The items."),
        KeywordArgument("end", required=True, form=Form.LAYER, documentation="The layer after them."),
    )

    def expand(self, use):
        """The rounds, then the layer."""
        output = use.reads
        rounds = use.entries.get("rounds")
        for _ in range(1 if rounds is None or use.is_unknown(rounds) else rounds.value):
            output = yield from use.items(use.entries["of"], output)
        return (yield from use.layer("end", output, component=use.entries["end"]))


@pytest.fixture(autouse=True)
def _chain(monkeypatch):
    monkeypatch.setitem(KEYWORDS, "Chain", Chain())


def test_every_keyword_is_listed_with_its_own_module():
    modules = [type(keyword).__module__ for name, keyword in KEYWORDS.items() if name != "Chain"]
    assert len(modules) == len(set(modules)) == len(KEYWORDS) - 1
    assert all(module.startswith("kpipe.model.keywords.") for module in modules)
    assert all(KEYWORDS[name].name == name for name in KEYWORDS)


def test_the_model_is_built(workshop):
    text = """
vars: {twice: 2}
model:
  - Flatten
  - Chain: {name: c, rounds: =twice, of: [Dense: {units: 3}], end: {ReLU: {negative_slope: 0.5}}}
  - Chain: {share: c}
"""
    model = workshop.model(text, shapes=(3,))
    assert [layer.name for layer in model.layers] == ["image", "flatten", "c_dense", "c_dense_1", "c_end"]
    assert model.count_params() == 2 * (3 * 3 + 3)
    assert model.get_layer("c_end").negative_slope == 0.5


@pytest.mark.parametrize(
    ("model", "place", "said", "suggestion"),
    [
        ("[{Chain: {of: [ReLU], end: ReLu}}]", (3, 35), "unknown layer 'ReLu'", "ReLU"),
        ("[{Chain: {of: [ReLu], end: ReLU}}]", (3, 23), "unknown layer 'ReLu'", "ReLU"),
        ("[{Chain: {of: [ReLU], end: ReLU, round: 2}}]", (3, 41), "Chain has no argument 'round'", "rounds"),
        ("[{Chain: {end: ReLU}}]", (3, 9), "Chain requires `of`", None),
        (
            "[{Chain: {rounds: 4, of: [ReLU], end: ReLU}}]",
            (3, 26),
            "out of range; expected an integer between 1 and 3, got 4",
            None,
        ),
        (
            "[{Chain: {rounds: =2 * 2, of: [ReLU], end: ReLU}}]",
            (3, 26),
            "out of range; expected an integer between 1 and 3, got 4",
            None,
        ),
        ("[{Chain: {rounds: =n, of: [ReLU], end: ReLU}}]", (3, 26), "unknown name 'n'", None),
        ("[{Chain: {of: 3, end: ReLU}}]", (3, 22), "expected a list of items, got an integer", None),
        ("[{Chainn: {of: [ReLU], end: ReLU}}]", (3, 10), "unknown layer 'Chainn'", "Chain"),
        ("[{chain: {of: [ReLU], end: ReLU}}]", (3, 10), "unknown block 'chain'", "Chain"),
        (
            "[Flatten, {Chain: {of: [Dense: {units: =n, name: a, inputs: b}], end: ReLU}}]",
            (3, 68),
            "has the name 'b'",
            None,
        ),
        ("[{Chain: {of: [ReLU: {inputs: b}], end: ReLU}}]", (3, 38), "no earlier item has the name 'b'", None),
    ],
)
def test_the_check_reports_at_its_place(tmp_path, model, place, said, suggestion):
    path = tmp_path / "a.yaml"
    path.write_text(f"name: a\ndata: {{source: Digits}}\nmodel: {model}\n")
    with pytest.raises(SpecError) as caught:
        checked(path)
    found = {(p.mark.line, p.mark.column): p for p in caught.value.problems}
    assert said in found[place].message
    assert found[place].suggestion == suggestion


def test_the_schema_has_it():
    validator = jsonschema.Draft7Validator(json_schema(vocabulary()))

    def fits(item):
        return validator.is_valid({"name": "t", "data": {"source": "Digits"}, "model": [item]})

    assert fits({"Chain": {"rounds": 3, "of": ["ReLU"], "end": "ReLU", "name": "c"}})
    assert fits({"Chain": {"rounds": "=n", "of": "=items", "end": {"ReLU": {}}}})
    assert not fits({"Chain": {"rounds": 4, "of": ["ReLU"], "end": "ReLU"}})
    assert not fits({"Chain": {"of": ["Relu"], "end": "ReLU"}})
    assert not fits({"Chain": {"of": ["ReLU"], "end": "Relu"}})
    assert not fits({"Chain": {"of": ["ReLU"]}})
    assert not fits("Chain")


def test_the_list_has_it():
    assert "Chain" in vocabulary_list(vocabulary(), None, None)
    (line,) = vocabulary_list(vocabulary(), "words", "Chain").splitlines()
    assert line.split("  ")[0] == "Chain"
    expect_message(line)


class Tap(Keyword):
    """The output of the previous item."""

    summary = "nothing"


def test_a_keyword_needs_no_arguments(monkeypatch):
    monkeypatch.setitem(KEYWORDS, "Tap", Tap())
    assert (dict(Tap.arguments), Tap().required, Tap().item_arguments) == ({}, [], [])
    validator = jsonschema.Draft7Validator(json_schema(vocabulary()))
    assert validator.is_valid({"name": "t", "data": {"source": "Digits"}, "model": ["Tap", {"Tap": {"name": "a"}}]})
    assert not validator.is_valid({"name": "t", "data": {"source": "Digits"}, "model": [{"Tap": {"of": 1}}]})
    assert vocabulary_list(vocabulary(), "words", "Tap").split()[0] == "Tap"


def test_a_keyword_needs_a_summary():
    with raises(TypeError):

        class Undescribed(Keyword):
            """No summary."""
