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
from kpipe.spec.merging.places import place_at
from kpipe.spec.node import Node
from kpipe.spec.reader import read
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.registered import Registered, RegisteredSections, sections
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot
from kpipe.train.resume.spec_changes import spec_changes
from kpipe.train.resume.spec_meaning import section_differences

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
    assert list(sections())[:2] == ["data", "train"]
    modules = {f"kpipe.spec.sections.{key}" for key in sections()}
    assert {section.__module__ for section in sections().values()} == modules


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


class Extra(OptionalSection):
    """`extra:` may be absent.

    Args:
        trials: at least 1, required.
        value: at least 1, default 1.
        inner: a section.
        layers: layers, in their order.
        where: may differ when a run is resumed.
    """

    trials: Annotated[int, Field(ge=1)]
    value: Annotated[int, Field(ge=1)] = 1
    inner: Inner = Field(default_factory=Inner)
    layers: Annotated[Node | None, Slot("layer", "list", default=[])] = None
    where: Annotated[str, Changeable()] = "here"


@pytest.fixture
def extra(toy, monkeypatch):
    """The line `extra = Registered(Extra)` as well."""
    register(monkeypatch, "extra", Extra)
    return toy


@pytest.mark.parametrize("text", ["", "extra:\n", "extra: null\n"])
def test_an_optional_section_can_be_absent(extra, text):
    spec = read(extra(text))
    assert spec.extra is None
    assert "extra" not in spec.dump()
    assert [slot.kind for _, slot in spec.components([])].count("layer") == 1
    assert default_at("extra.value").plain() == 1
    assert default_at("extra").plain() == {
        "trials": None,
        "value": 1,
        "inner": {"depth": 2},
        "layers": [],
        "where": "here",
    }
    assert place_at("extra").may_be_null and place_at("extra").is_section


def test_an_optional_section_that_is_present_has_its_defaults(extra):
    spec = read(extra("extra: {trials: =2 * 3, layers: [ReLU]}\n"))
    assert (spec.extra.trials, spec.extra.value, spec.extra.inner.depth, spec.extra.where) == (6, 1, 2, "here")
    assert spec.extra is spec.extra
    assert [node.plain() for node, slot in spec.components([]) if slot.kind == "layer"] == [[], ["ReLU"]]
    assert spec.dump().endswith(
        "extra:\n  trials: =2 * 3\n  value: 1\n  inner: {depth: 2}\n  layers: [ReLU]\n  where: here\n"
    )


@pytest.mark.parametrize("text", ["", "extra:\n", "extra: null\n", "extra: {trials: 9}\n"])
@pytest.mark.parametrize(
    ("overrides", "depth"),
    [
        (["extra.trials=4"], 2),
        ({"extra.trials": 4}, 2),
        (["extra.inner.depth=7", "extra.trials=4"], 7),
    ],
)
def test_an_override_makes_an_optional_section_present(extra, text, overrides, depth):
    spec = read(extra(text), overrides)
    assert (spec.extra.trials, spec.extra.inner.depth) == (4, depth)


def test_an_override_makes_an_optional_section_absent(extra):
    assert read(extra("extra: {trials: 4}\n"), ["extra=null"]).extra is None
    base = extra("extra: {trials: 4}\n")
    (base.parent / "child.yaml").write_text("extends: spec.yaml\nextra: null\n")
    assert read(base.parent / "child.yaml").extra is None
    (base.parent / "child.yaml").write_text("extends: spec.yaml\nextra: {value: 3}\n")
    child = read(base.parent / "child.yaml")
    assert (child.extra.trials, child.extra.value) == (4, 3)


def test_an_empty_value_does_not_discard_an_optional_section_silently(extra):
    base = extra("extra: {trials: 4}\n")
    (base.parent / "child.yaml").write_text("extends: spec.yaml\nextra:\n")
    with pytest.raises(SpecError, match="or write `extra: null`"):
        read(base.parent / "child.yaml")
    with pytest.raises(SpecError, match=r'or set null: overrides=\{"extra": None\}'):
        read(base, ["extra="])


@pytest.mark.parametrize(
    ("text", "overrides", "path", "place", "message"),
    [
        ("extra: {}\n", [], "extra", "spec.yaml:4:8", "missing key 'trials' in extra"),
        ("extra: [1]\n", [], "extra", "spec.yaml:4:8", "expected a mapping, got a list"),
        ("extra: 3\n", [], "extra", "spec.yaml:4:8", "expected a mapping, got an integer"),
        ("extra: {trials: 0}\n", [], "extra.trials", "spec.yaml:4:17", "expected at least 1, got 0"),
        (
            "extra: {trials: 1, inner: {depth: -1}}\n",
            [],
            "extra.inner.depth",
            "spec.yaml:4:35",
            "expected at least 0, got -1",
        ),
        ("", ["extra.value=2"], "extra", "overrides['extra.value=2']:1:1", "missing key 'trials' in extra"),
        (
            "",
            ["extra.trials=many"],
            "extra.trials",
            "overrides['extra.trials=many']:1:14",
            "expected an integer, got 'many'; write =many if it is a variable",
        ),
        ("extrb: {trials: 2}\n", [], "extrb", "spec.yaml:4:1", None),
        ("extra: {trials: 1, valeu: 2}\n", [], "extra.valeu", "spec.yaml:4:20", None),
        ("", ["extra.trails=2"], "extra.trails", "overrides['extra.trails=2']:1:1", None),
        ("extra: {trials: 1, layers: [Denze]}\n", [], "extra.layers.0", "spec.yaml:4:29", None),
    ],
)
def test_wrong_values_of_an_optional_section_have_their_places(extra, text, overrides, path, place, message):
    with pytest.raises(SpecError) as caught:
        checked(extra(text), overrides)
    [problem] = caught.value.problems
    assert problem.path == path
    assert f"{problem.mark.file}:{problem.mark.line}:{problem.mark.column}".endswith(place)
    assert problem.message == message if message else problem.suggestion in ("extra", "value", "trials", "Dense")


def test_the_json_schema_allows_null_for_an_optional_section(extra):
    schema = json_schema(vocabulary())
    validator = jsonschema.Draft7Validator(schema)
    spec = {"name": "t", "data": {"source": "Digits"}, "model": ["ReLU"]}
    assert "extra" not in schema["else"]["required"]
    for values in (spec, {**spec, "extra": None}, {**spec, "extra": {"trials": 2}}):
        assert validator.is_valid(values)
    for values in ({}, {"trials": 0}, {"value": 2}, {"trials": 1, "valeu": 2}, []):
        assert not validator.is_valid({**spec, "extra": values})
    # The base of a file with `extends` can contain the required keys.
    assert validator.is_valid({"extends": "base.yaml", "extra": {"value": 2}})


def test_the_commands_show_an_optional_section_only_where_it_is_present(extra):
    command = ["show", str(extra()), "--quiet"]
    shown = CliRunner().invoke(app, command)
    assert (shown.exit_code, "extra" in shown.stdout) == (0, False)
    shown = CliRunner().invoke(app, [*command, "--set", "extra.trials=2"])
    assert (shown.exit_code, "\nextra:" in shown.stdout and "trials: 2" in shown.stdout) == (0, True)


def test_a_resumed_run_compares_an_optional_section(extra):
    absent, written = checked(extra()), checked(extra("extra: null\n"))
    present = checked(extra("extra: {trials: 2, value: =1}\n"))
    moved = checked(extra("extra: {trials: 2, where: there}\n"))
    assert section_differences(absent, written) == section_differences(present, moved) == []
    without = {key: value for key, value in absent.tree.plain().items() if key != "extra"}
    assert spec_changes(without, absent.tree.plain()) == spec_changes(absent.tree.plain(), without) == []
    changes = [str(change) for change in section_differences(absent, present)]
    assert changes[:2] == ["extra.trials: absent -> 2", "extra.value: absent -> 1"]
    assert {change.path for change in spec_changes(absent.tree.plain(), present.tree.plain())} == {
        f"extra.{key}" for key in ("trials", "value", "inner.depth", "layers")
    }
