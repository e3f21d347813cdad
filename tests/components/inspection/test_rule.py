import pytest
from golden import raises

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.rule import Rule, component, integer, number, one_of


def argument(*types: str, **fields) -> ArgumentInfo:
    return ArgumentInfo("x", types=frozenset(types or {"any"}), **fields)


def test_a_scalar_replaces_other_scalars_and_keeps_lists_and_null():
    changed = integer("[1, inf)").applied(argument("float", "list", "null", "str"))
    assert changed.types == {"int", "list", "null"}
    assert changed.item_types == {"int"}
    assert (changed.minimum, changed.maximum, changed.minimum_open, changed.maximum_open) == (1, None, False, False)


def test_a_list_alone_gets_no_scalar():
    assert integer().applied(argument("list")).types == {"list"}


@pytest.mark.parametrize(
    ("required", "default", "types"),
    [(True, None, {"float"}), (False, None, {"float", "null"}), (False, 3, {"float"})],
)
def test_where_nothing_was_found_null_follows_the_default(required, default, types):
    assert number().applied(argument(required=required, default=default)).types == types


def test_intervals_are_written_as_in_mathematics():
    changed = number("(0, 1)").applied(argument("float"))
    assert (changed.minimum, changed.maximum, changed.minimum_open, changed.maximum_open) == (0, 1, True, True)
    below = number("(-inf, 0]").applied(argument("float"))
    assert (below.minimum, below.maximum, below.minimum_open, below.maximum_open) == (None, 0, False, False)
    with raises(ValueError):
        number("0..1").applied(argument("float"))


def test_enumerations_and_objects():
    assert one_of("a", "b").applied(argument("str", "int", "null")).types == {"str", "null"}
    stands = component("schedule", "float", interval="(0, inf)").applied(argument("float"))
    assert (stands.object_kind, stands.types, stands.minimum_open) == ("schedule", {"float"}, True)
    assert Rule(types=("list",), item_types=("int", "null")).applied(argument("int")).item_types == {"int", "null"}
