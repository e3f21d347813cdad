import pytest

from kpipe.data.encoding.value_index import ValueIndex


@pytest.mark.parametrize(("text", "place"), [("0", 0), ("1e0", 1), ("02", None), ("2", 2), ("2.5", None), ("", None)])
def test_numbers_are_found_by_value(text, place):
    assert ValueIndex(["0.0", "1", "2.0"]).find(text) == place


def test_two_spellings_in_the_list_stay_two_values():
    index = ValueIndex(["1", "1.0"])
    assert [index.find(text) for text in ("1", "1.0", "1.00")] == [0, 1, 0]


def test_booleans_are_found_in_a_list_of_booleans_alone():
    assert [ValueIndex(["False", "True"]).find(text) for text in ("true", "FALSE", "1")] == [1, 0, None]
    assert ValueIndex(["True", "maybe"]).find("true") is None


def test_nothing_is_found_in_an_empty_list():
    assert ValueIndex([]).find("true") is None
