import numpy as np
import pytest
from golden import expect_messages

from kpipe.data.dataset import Column
from kpipe.data.sources.identifier_columns import report_identifiers

GENERATOR = np.random.default_rng(0)
ROWS = 200
LABELS = [f"u{index}" for index in range(ROWS)]


def report(columns, chosen=(), has_other_inputs=False):
    """The messages about columns given as lists of numbers or strings."""
    kinds = [Column(name, "categorical" if isinstance(cells[0], str) else "numeric") for name, cells in columns.items()]
    count = len(next(iter(columns.values())))
    numeric = [cells for cells in columns.values() if not isinstance(cells[0], str)]
    categorical = [cells for cells in columns.values() if isinstance(cells[0], str)]
    said = []
    report_identifiers(
        tuple(kinds),
        np.array(numeric, np.float64).reshape(len(numeric), count),
        np.array(categorical, object).reshape(len(categorical), count).T,
        chosen,
        has_other_inputs,
        said.append,
    )
    return said


MEASURED = GENERATOR.normal(size=ROWS).tolist()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("user", LABELS),
        ("user", [*LABELS[:180], *["u0"] * 20]),
        ("PassengerId", GENERATOR.permutation(ROWS).tolist()),
        ("n", GENERATOR.permutation(2 * ROWS)[:ROWS].tolist()),
        ("id", GENERATOR.integers(10**9, size=ROWS).tolist()),
        ("user_id", [*range(10**6, 10**6 + 7 * 190, 7), *[10**6] * 10]),
        ("true", LABELS),
    ],
)
def test_identifiers(name, cells):
    expect_messages(report({name: cells, "v": MEASURED}), 1)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("v", MEASURED),
        ("id", MEASURED),
        ("population", GENERATOR.integers(10**6, size=ROWS).tolist()),
        ("fluid", GENERATOR.integers(10**6, size=ROWS).tolist()),
        ("user_id", [index // 2 for index in range(ROWS)]),
        ("town", [*LABELS[:100], *LABELS[:100]]),
        ("n", [*range(ROWS - 1), 0]),
    ],
)
def test_other_columns(name, cells):
    assert report({name: cells, "w": MEASURED}) == []


def test_few_rows_are_not_reported():
    assert report({"user": LABELS[:19], "id": list(range(19))}) == []


def test_all_identifiers_are_one_message():
    columns = {"id": list(range(ROWS)), **{f"c{index}": LABELS for index in range(7)}}
    expect_messages(report(columns), 1)


def test_columns_that_the_spec_wants():
    columns = {"id": list(range(ROWS)), "user": LABELS, "v": MEASURED}
    assert report(columns, {"id", "user"}) == []
    expect_messages(report(columns, {"id"}), 1)


def test_numbers_that_are_the_only_input():
    assert report({"x": list(range(ROWS))}) == []
    assert len(report({"x": list(range(ROWS))}, has_other_inputs=True)) == 1
    assert len(report({"x": LABELS})) == 1


def test_missing_values_are_not_counted():
    said = []
    numbers = np.append(np.arange(1000.0, 1030.0), [np.nan] * 30)
    names = np.array([f"n{index}" for index in range(30)] + [""] * 30, object)[:, np.newaxis]
    columns = (Column("user_id", "numeric"), Column("name", "categorical"))
    report_identifiers(columns, [numbers], names, (), False, said.append)
    assert "'user_id', 'name'" in said[0]


def test_texts_of_several_words_are_a_message_of_their_own():
    texts = [f"a nice flat with {count} rooms" for count in range(30)]
    expect_messages(report({"note": texts, "id": list(range(30)), "street": [f"Street {n}" for n in range(30)]}), 2)
