import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpipe.spec.yaml_text.dump import dump, plain
from kpipe.spec.yaml_text.yaml_reader import read_text

TRICKY = [
    "no",
    "yes",
    "1e-3",
    "017",
    "1_000",
    "null",
    "~",
    "",
    " a",
    "a: b",
    "a #b",
    "=max(1, n)",
    "'",
    '"',
    "0x1F",
]
TRICKY += [
    "- a",
    "{a}",
    "[",
    "*a",
    "&a",
    "!a",
    "%",
    "@",
    "`",
    "=a",
    "==a",
    "3:32",
    ".5",
    "true",
    "é",
    "\n",
    "a\nb",
    "\t",
]
#: An example may take any time on a busy machine.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Other control characters are refused, as are halves of characters.
TEXT = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n\r\x85")
scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(TEXT, max_size=8) | st.sampled_from(TRICKY)
scalars |= st.floats(allow_nan=False)
keys = st.text(TEXT, min_size=1, max_size=5) | st.sampled_from(TRICKY)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(keys, v, max_size=3), max_leaves=8)


@UNTIMED
@given(st.dictionaries(keys, values, max_size=4).filter(lambda d: "<<" not in str(d)))
def test_reading_a_dump_gives_the_same_values(data):
    assert read_text(dump(data), "a.yaml").plain() == (data or {})


@pytest.mark.parametrize("text", TRICKY)
def test_strings_stay_strings(text):
    assert read_text(dump({"a": text}), "a.yaml").plain() == {"a": text}


def test_floats_are_numbers_in_the_core_schema():
    text = dump({"a": 1e-05, "b": math.inf, "c": 1e22})
    assert "1e-05" in text
    assert read_text(text, "a.yaml").plain() == {"a": 1e-05, "b": math.inf, "c": 1e22}


def test_components_stand_in_flow_style_below_their_list():
    text = dump({"model": [{"Conv2D": {"filters": 8, "padding": "same"}}, "ReLU"]})
    assert text == "model:\n  - Conv2D: {filters: 8, padding: same}\n  - ReLU\n"


def test_values_are_replaced_by_path():
    assert plain(read_text("{a: {b: x}, c: [1]}", "f"), {"a.b": "/y"}) == {"a": {"b": "/y"}, "c": [1]}


def test_long_lists_of_numbers_are_folded_and_of_strings_are_not():
    numbers, strings = list(range(256, 481)), [f"class {number}" for number in range(40)]
    text = dump({"data": {"augment": [{"SmallestMaxSize": {"max_size": numbers}}]}, "classes": strings})
    assert read_text(text, "a.yaml").plain()["data"]["augment"][0]["SmallestMaxSize"]["max_size"] == numbers
    assert len(text.splitlines()) < 20 + len(strings)
    assert max(map(len, text.splitlines())) <= 120
    assert "\n  - class 39\n" in text
