from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.errors import Mark, SpecError
from kpipe.spec.python_value import from_python, key_from_python
from kpipe.spec.reader import read

MARK = Mark("overrides['vars.a']", 1, 1, 1, 2)


class Level(Enum):
    LOW = 0.5
    PAIR = (1, 2)
    SMALL = np.float32(0.25)
    THING = object()


class Count(IntEnum):
    THREE = 3


class Word(StrEnum):
    SGD = "SGD"


class Mixed(str, Enum):  # noqa: UP042  # not a StrEnum, as most code has them
    ADAM = "Adam"


class Bits(Flag):
    ONE = 1
    TWO = 2


class Odd(str):
    __slots__ = ()

    def __str__(self):
        return "another text"


def convert(value):
    return from_python(value, MARK, "vars.a").plain()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), 0.10000000149011612),
        (np.float16(0.1), 0.0999755859375),
        (np.longdouble(0.5), 0.5),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(3), 3),
        (np.array(0.5, "<f4"), 0.5),
        (np.array(7, ">i2"), 7),
        (np.array("a"), "a"),
        (np.array(False), False),
        (np.inf, float("inf")),
        (Level.LOW, 0.5),
        (Level.PAIR, [1, 2]),
        (Level.SMALL, 0.25),
        (Count.THREE, 3),
        (Word.SGD, "SGD"),
        (Mixed.ADAM, "Adam"),
        (Bits.ONE | Bits.TWO, 3),
        (Odd("a"), "a"),
        (Path("a") / "b", "a/b"),
        (PurePosixPath("c"), "c"),
        ((1, np.int64(2)), [1, 2]),
        ({np.int64(1): np.float32(0.5), Word.SGD: {Count.THREE: [None]}}, {"1": 0.5, "SGD": {"3": [None]}}),
        ({0: 1, np.float64(0.5): 2}, {"0": 1, "0.5": 2}),
    ],
)
def test_values_are_converted_exactly(value, expected):
    def types(plain):
        if isinstance(plain, dict):
            return {key: types(entry) for key, entry in plain.items()}
        return [types(item) for item in plain] if isinstance(plain, list) else type(plain)

    assert convert(value) == expected
    assert types(convert(value)) == types(expected)


def test_nan_stays_nan():
    assert np.isnan(convert(np.float32("nan")))


@pytest.mark.parametrize(
    "value",
    [
        np.array([1, 2]),
        np.array(None),
        np.ma.masked,
        np.longdouble("0.1"),
        np.complex64(1),
        np.datetime64("2020-01-01"),
        np.bytes_(b"a"),
        np.void(b"a"),
        b"a",
        {1, 2},
        range(3),
        Decimal("0.1"),
        Fraction(1, 3),
        Level.THING,
        object(),
        1j,
        int,
    ],
)
def test_other_types_are_refused_with_their_name_and_path(value):
    for wrapped, path in ((value, "vars.a"), ([0, {"b": value}], "vars.a.1.b")):
        with pytest.raises(SpecError) as caught:
            convert(wrapped)
        (problem,) = caught.value.problems
        assert problem.path == path
        expect_message(problem.message.replace("numpy.ma.core.", "numpy.ma."))


@pytest.mark.parametrize("key", [None, (1, 2), b"a", float("nan"), float("inf"), object()])
def test_keys_of_other_types_are_refused(key):
    with raises(SpecError):
        convert({key: 1})


def test_keys_that_become_the_same_are_refused():
    with raises(SpecError):
        convert({1: 0, "1": 1})
    assert key_from_python(np.str_("a"), MARK, "") == "a"


def test_what_no_file_could_contain_is_refused():
    endless = []
    endless.append(endless)
    for value in (
        endless,
        [0] * 100_001,
        10**4001,
        "a\0",
        {"\ud800": 1},
    ):
        with raises(SpecError):
            convert(value)


def test_overrides_from_python_are_read_like_a_file(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("name: a\ndata: {source: Digits}\nmodel: [Flatten]\ntrain: {optimizer: {SGD: {momentum: 0.5}}}\n")
    spec = read(file, {np.str_("train.optimizer.learning_rate"): np.logspace(-3, -1, 3)[1], "seed": np.int64(3)})
    assert "seed: 3\n" in spec.dump()
    assert spec.train.optimizer.plain() == {"SGD": {"momentum": 0.5, "learning_rate": 0.01}}
    assert read(file, [np.str_("train.epochs=3")]).train.epochs == 3
    # Where kpipe wants a number, NaN and infinities are refused as in a file.
    for overrides in ({"train.regularize.l2": np.float32("inf")}, ["train.regularize.l2=.inf"]):
        with raises(SpecError):
            read(file, overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        {"seed": object(), "train.epochs": b"3"},
        {None: 1},
        [3],
        {"seed=3"},
        3,
        b"seed=3",
    ],
)
def test_overrides_of_other_types_are_refused(tmp_path, overrides):
    file = tmp_path / "a.yaml"
    file.write_text("name: a\ndata: {source: Digits}\nmodel: [Flatten]\n")
    with raises(SpecError):
        read(file, overrides)
