import pytest

from kpipe.spec.node import Node
from kpipe.spec.sections.or_component import (
    COMPONENT,
    SECTION,
    entry_slot,
    entry_slots,
    form_of_entry,
    is_component_entry,
    replace_by_list,
)
from kpipe.spec.sections.section import fields, listed_section
from kpipe.spec.sections.train import Train
from kpipe.spec.sections.train_stage import TrainStage
from kpipe.spec.sections.tune import Tune
from kpipe.spec.yaml_text.yaml_reader import read_text


def test_the_list_of_a_section_that_can_contain_components():
    assert {key: slot.kind for key, slot in entry_slots(Train).items()} == {"stages": "recipe"}
    assert listed_section(fields(Train)["stages"]) is TrainStage
    assert entry_slot(fields(Tune)["stages"]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Transfer", True),
        ("transfer", True),
        ("Transfer: {data: similar}", True),
        ("{Transfer: null, epochs: 3}", True),
        ("my_recipes.Transfer: {}", True),
        ("{epochs: 3}", False),
        ("{}", False),
        ("[Transfer]", False),
        ("3", False),
    ],
)
def test_which_entries_are_components(text, expected):
    assert is_component_entry(read_text(text, "a.yaml")) is expected


def test_the_form_of_an_entry():
    node = read_text("Transfer", "a.yaml")
    assert isinstance(node, Node)
    assert (form_of_entry(node), form_of_entry({"epochs": 3})) == (COMPONENT, SECTION)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Transfer", ["Transfer"]),
        ("Transfer: {epochs: 3}", [{"Transfer": {"epochs": 3}}]),
        ("[Transfer]", ["Transfer"]),
        ("null", None),
        ("=stages", "=stages"),
    ],
)
def test_a_component_instead_of_a_list_is_replaced(text, expected):
    node = read_text(text, "a.yaml")
    replace_by_list(node)
    assert node.plain() == expected
