import random
from decimal import Decimal

import pytest

from kpipe.data.encoding.cell_value import cell_value, distinct, is_integer, is_number

DIGITS = 1_000_000


def spelled(generator):
    whole = generator.choice(["", "0", "1", "17", "120", "9007199254740993"])
    part = generator.choice(["", ".", ".0", ".50", ".05", ".000"])
    power = generator.choice(["", "e0", "E+02", "e-3", "e07"])
    text = generator.choice(["", "+", "-"]) + whole + part + power
    return text if any(character.isdigit() for character in whole + part) else f"4{text[-1:] if power else ''}"


def test_strings_are_the_same_value_where_their_decimals_are_equal():
    generator = random.Random(5)
    texts = [spelled(generator) for _ in range(300)]
    numbers = [(text, Decimal(text)) for text in texts if is_number(text)]
    assert len(numbers) > 250
    for text, number in numbers:
        assert Decimal(cell_value(text)) == number
        assert cell_value(cell_value(text)) == cell_value(text)
    for first, one in numbers[:100]:
        for second, other in numbers:
            assert (cell_value(first) == cell_value(second)) == (one == other), (first, second)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", "1"),
        ("1e0", "1"),
        ("+1", "1"),
        (" 1.50\t", "1.5"),
        ("-0", "0"),
        ("0e99", "0"),
        ("5.", "5"),
        ("-.5", "-0.5"),
        ("1e+05", "100000"),
        ("1e20", "1" + "0" * 20),
        ("1e400", "1e400"),
        ("12.5e-40", "1.25e-39"),
        ("9007199254740993.0", "9007199254740993"),
    ],
)
def test_a_number_is_named_by_its_shortest_form(text, value):
    assert cell_value(text) == value


@pytest.mark.parametrize(
    "text", ["017", "00", "-017", "01.5", "nan", "inf", "1_000", "0x1", "1,5", ".", "e5", "", " red", "True", "\u0663"]
)
def test_everything_else_stays_as_it_is(text):
    assert cell_value(text) == text


def test_exponents_and_digits_take_no_more_memory_than_their_strings():
    assert cell_value("1e999999999") == "1e999999999"
    assert cell_value("1e" + "9" * DIGITS) == "1e" + "9" * DIGITS
    assert cell_value("7" * DIGITS + ".0") == "7" * DIGITS
    assert cell_value("0" * DIGITS + "x") == "0" * DIGITS + "x"
    assert distinct(["1e999999999", "-1e999999999", "2"]) == ["-1e999999999", "2", "1e999999999"]


def test_numbers_are_in_the_order_of_their_size_and_strings_in_theirs():
    assert distinct(["10", "9", "-1.5", "1e1", "-2"]) == ["-2", "-1.5", "9", "10"]
    assert distinct(["10", "007", "9"]) == ["007", "9", "10"]
    assert distinct(["9", "10", "b"]) == ["10", "9", "b"]


def test_booleans_are_the_same_value_in_a_column_of_booleans_alone():
    assert distinct(["true", "TRUE", "False"]) == ["False", "True"]
    assert distinct(["true", "TRUE", "maybe"]) == ["TRUE", "maybe", "true"]


def test_leading_zeros_make_no_fraction():
    assert is_integer("017")
    assert is_integer("15e1")
    assert not is_integer("1e-1")
