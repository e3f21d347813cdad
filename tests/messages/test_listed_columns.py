import pytest
import yaml

from kpipe.messages.listed_columns import listed_columns, yaml_names


def test_long_lists_are_shortened():
    assert listed_columns(["a"]) == "a"
    assert listed_columns(list("abcde")) == "a, b, c, d, e"
    assert listed_columns(list("abcdef")) == "a, b, c, d, e and 1 more"


@pytest.mark.parametrize("name", ["id", "user name", "", "no", "null", "17", "a, b", "x: y", "#", "\t", 'say "a"', "é"])
def test_names_are_valid_in_yaml(name):
    assert yaml.safe_load(yaml_names([name, "b"])) == [name, "b"]
