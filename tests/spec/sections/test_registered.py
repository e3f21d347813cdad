"""A section costs one class and one line: everything below follows from `Toy` and its registration."""

import json
from typing import Annotated, Literal

import jsonschema
import pytest
from pydantic import Field
from typer.testing import CliRunner

from kpipe.checks.checked_spec import checked
from kpipe.cli import app
from kpipe.components import vocabulary
from kpipe.errors import SpecError
from kpipe.schema.json_schema import json_schema
from kpipe.spec.defaults import default_at
from kpipe.spec.node import Node
from kpipe.spec.reader import read
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.registered import Registered, RegisteredSections, sections
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot
from kpipe.train.resume.spec_changes import spec_changes

SPEC = """\
name: toy
data: {source: Digits}
model: [Flatten, {Dense: {units: 10}}]
"""


class Inner(Section):
    """`toy.inner:` a section inside another one.

    Args:
        depth: at least 0, default 2.
    """

    depth: Annotated[int, Field(ge=0)] = 2


class Toy(Section):
    """`toy:` what the tests need.

    Args:
        value: at least 1, default 1.
        mode: `fast` or `slow` (default).
        inner: a section.
        entries: sections by names.
        layers: layers, in their order.
        where: may differ when a run is resumed.
    """

    value: Annotated[int, Field(ge=1)] = 1
    mode: Literal["fast", "slow"] = "slow"
    inner: Inner = Field(default_factory=Inner)
    entries: dict[str, Inner] = Field(default_factory=dict)
    layers: Annotated[Node | None, Slot("layer", "list", default=[])] = None
    where: Annotated[str, Changeable()] = "here"


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """The line `toy = Registered(Toy)`; returns what writes a spec with these lines at its end."""
    register(monkeypatch, "toy", Toy)

    def write(text=""):
        file = tmp_path / "spec.yaml"
        file.write_text(SPEC + text)
        return file

    return write


def register(monkeypatch, key, section):
    entry = Registered(section)
    entry.__set_name__(RegisteredSections, key)
    monkeypatch.setattr(RegisteredSections, key, entry, raising=False)


def test_sections_of_the_language():
    assert list(sections()) == ["data", "train"]


def test_a_spec_without_it_has_its_defaults(toy):
    spec = read(toy())
    assert (spec.toy.value, spec.toy.mode, spec.toy.inner.depth, spec.toy.entries) == (1, "slow", 2, {})
    assert default_at("toy.value").plain() == 1
    assert default_at("toy.inner.depth").plain() == 2
    assert default_at("toy.entries.any.depth").plain() == 2


def test_the_resolved_spec_has_it_after_those_before_it(toy):
    text = read(toy("toy: {value: 2, entries: {first: }}\n")).dump()
    assert text.index("\ntrain:") < text.index("\ntoy:")
    assert text.endswith(
        "toy:\n  value: 2\n  mode: slow\n  inner: {depth: 2}\n  entries:\n    first: {depth: 2}\n  layers: []\n  where: here\n"
    )


def test_expressions_are_evaluated_and_the_property_returns_the_same_object(toy):
    spec = read(toy("vars: {width: 4}\ntoy: {value: =width * 2, layers: [{Dense: {units: =width}}]}\n"))
    assert spec.toy.value == 8
    assert spec.toy.layers.plain() == [{"Dense": {"units": 4}}]
    assert spec.toy is spec.toy


@pytest.mark.parametrize("text", ["toy:\n", "toy: {}\n", "toy: null\n"])
def test_it_may_be_empty(toy, text):
    assert read(toy(text)).toy.value == 1


@pytest.mark.parametrize(
    ("overrides", "value"),
    [(["toy.value=3"], 3), ({"toy.value": 5}, 5), (["toy.inner.depth=7"], 1), (["toy={value: 6}"], 6)],
)
def test_overrides(toy, overrides, value):
    assert read(toy(), overrides).toy.value == value


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "suggestion"),
    [
        ("toy: {valu: 3}\n", "toy.valu", 4, 7, "value"),
        ("toy: {inner: {dept: 3}}\n", "toy.inner.dept", 4, 15, "depth"),
        ("toy: {entries: {a: {dept: 3}}}\n", "toy.entries.a.dept", 4, 21, "depth"),
        ("toy: {value: many}\n", "toy.value", 4, 14, None),
        ("toy: {value: 0}\n", "toy.value", 4, 14, None),
        ("toy: {mode: fats}\n", "toy.mode", 4, 13, "fast"),
        ("toy: [1]\n", "toy", 4, 6, None),
        ("toi: {value: 3}\n", "toi", 4, 1, "toy"),
        ("toy: {layers: [Denze]}\n", "toy.layers.0", 4, 16, "Dense"),
    ],
)
def test_errors_have_their_places_and_suggestions(toy, text, path, line, column, suggestion):
    with pytest.raises(SpecError) as caught:
        checked(toy(text))
    problem = next(problem for problem in caught.value.problems if problem.path == path)
    assert (problem.mark.line, problem.mark.column, problem.suggestion) == (line, column, suggestion)


def test_a_section_with_a_key_that_must_be_given_must_be_given(toy, monkeypatch):
    class Needy(Section):
        """`needy:` has no default.

        Args:
            value: any.
        """

        value: int

    register(monkeypatch, "needy", Needy)
    with pytest.raises(SpecError) as caught:
        read(toy())
    assert [problem.message for problem in caught.value.problems] == ["missing key 'needy'"]
    with pytest.raises(SpecError) as caught:
        read(toy("needy: {}\n"))
    assert [problem.path for problem in caught.value.problems] == ["needy"]
    assert read(toy("needy: {value: 3}\n")).needy.value == 3
    assert json_schema(vocabulary())["definitions"]["needy"]["required"] == ["value"]


def test_the_json_schema_has_its_documentation_and_refuses_what_the_checks_refuse(toy):
    schema = json_schema(vocabulary())
    section = schema["definitions"]["toy"]
    assert section["description"] == "`toy:` what the tests need."
    # Both forms of a file have the same property, so that it is stored once.
    reference = section["properties"]["mode"]["$ref"].removeprefix("#/definitions/")
    assert schema["definitions"][reference]["default"] == "slow"
    validator = jsonschema.Draft7Validator(schema)
    spec = {"name": "t", "data": {"source": "Digits"}, "model": ["ReLU"]}
    assert validator.is_valid({**spec, "toy": None})
    for values in ({}, {"value": 3}, {"value": "=2 + 1"}, {"inner": {"depth": 0}}, {"entries": {"a": {"depth": 1}}}):
        assert validator.is_valid({**spec, "toy": values})
    for values in ({"valu": 3}, {"value": 0}, {"value": "many"}, {"inner": {"depth": -1}}, {"mode": "fats"}):
        assert not validator.is_valid({**spec, "toy": values})


def test_the_commands_know_it(toy):
    command = ["validate", str(toy()), "--quiet", "--format", "json"]
    result = CliRunner().invoke(app, [*command, "--set", "toy.value=3"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    result = CliRunner().invoke(app, [*command, "--set", "toy.valeu=3"])
    assert result.exit_code == 2
    assert [problem["suggestion"] for problem in json.loads(result.stdout)] == ["value"]


def test_a_resumed_run_may_change_what_is_changeable_alone(toy):
    before = read(toy()).tree.plain()
    now = read(toy(), ["toy.where=there", "toy.value=2"]).tree.plain()
    assert [change.path for change in spec_changes(before, now)] == ["toy.value"]
