import pytest

from kpipe.errors import SpecError
from kpipe.spec.expressions.scope import Name, Scope, evaluated, integer_hint, name_of
from kpipe.spec.yaml_text.yaml_reader import read_text


def test_every_expression_below_a_node_is_evaluated():
    node = read_text("{a: =x + 1, b: [=x, ==y, z], c: {d: '=x * 2'}}", "a.yaml")
    assert evaluated(node, Scope({"x": Name(3)})).plain() == {"a": 4, "b": [3, "=y", "z"], "c": {"d": 6}}
    assert node.plain()["a"] == "=x + 1"


def test_all_failures_come_at_once_with_their_places():
    node = read_text("a: =x\nb: [1, =1 / 0]\nc: =depht", "a.yaml")
    with pytest.raises(SpecError) as caught:
        evaluated(node, Scope({"depth": Name(3)}))
    assert [(p.mark.line, p.suggestion) for p in caught.value.problems] == [
        (1, None),
        (2, None),
        (3, "depth"),
    ]


def test_a_value_carries_its_expression_and_the_names_it_read():
    width = read_text("250", "base.yaml")
    (value,) = evaluated(read_text("[=width / 4]", "a.yaml"), Scope({"width": name_of(width, "model.3")})).items
    assert (value.value, value.expression, str(value.mark)) == (62.5, "width / 4", "a.yaml:1:2")
    assert [str(link) for link in value.chain] == ["width = 250 at base.yaml:1:1 (model.3)"]


def test_the_bare_name_of_a_mapping_gives_it_with_its_own_marks():
    norm = read_text("{GroupNorm: {groups: 8}}", "base.yaml")
    value = evaluated(read_text("=norm", "a.yaml"), Scope({"norm": name_of(norm)}))
    assert value.plain() == {"GroupNorm": {"groups": 8}}
    assert str(value.entries["GroupNorm"].entries["groups"].mark) == "base.yaml:1:22"


def test_chains_grow_through_names_of_names():
    inner = read_text("3", "f")
    outer = evaluated(read_text("=inner * 2", "g"), Scope({"inner": name_of(inner)}))
    value = evaluated(read_text("=outer + 1", "h"), Scope({"outer": name_of(outer)}))
    assert [link.note for link in value.chain] == ["outer = 6", "inner = 3"]


def test_the_bare_name_of_a_scalar_gives_it_where_it_was_written_or_computed():
    written = evaluated(read_text("a: =rate", "b.yaml"), Scope({"rate": name_of(read_text("-1", "a.yaml"))})).entries[
        "a"
    ]
    assert (written.value, str(written.mark)) == (-1, "a.yaml:1:1")
    assert [str(link) for link in written.chain] == ["used as a at b.yaml:1:4"]
    half = evaluated(read_text("=width / 4", "a.yaml"), Scope({"width": Name(10)}))
    computed = evaluated(read_text("=half", "b.yaml"), Scope({"half": name_of(half)}))
    assert (computed.value, str(computed.mark), computed.chain) == (2.5, "a.yaml:1:1", ())
    assert integer_hint(computed) == "; write =width // 4"


def test_what_reads_a_name_that_is_not_known_yet_stays_an_expression():
    scope = Scope({"classes": Name(None, is_known=False), "n": Name(2)})
    node = evaluated(
        read_text("[=n + 1, =classes + n, =missing if n > 1 else 0]", "a.yaml"), scope.extended({"missing": Name(1)})
    )
    assert node.plain() == [3, "=classes + n", 1]
    assert not name_of(node).is_known
    assert name_of(node.items[0]).is_known


def test_an_inner_name_hides_an_outer_one():
    scope = Scope({"x": Name(1)})
    assert scope.extended({"x": Name(2)})["x"] == 2
    assert scope["x"] == 1


def test_the_reason_for_a_missing_value_is_part_of_the_message():
    scope = Scope(
        {"a": Name(None, missing="it is a number"), "b": Name({"x": 1}, missing="y is a number"), "c": Name(2)}
    )
    assert evaluated(read_text("=b.x + c", "a.yaml"), scope).value == 3
    for text, message in {
        "=a": "cannot evaluate `=a`: 'a' is unknown: it is a number",
        "=b.y": "cannot evaluate `=b.y`: unknown key 'y'; available: x; y is a number",
    }.items():
        with pytest.raises(SpecError) as caught:
            evaluated(read_text(text, "a.yaml"), scope)
        assert caught.value.problems[0].message == message
