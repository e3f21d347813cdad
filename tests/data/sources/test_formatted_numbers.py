import pytest
from golden import expect_messages

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.formatted_numbers import report_formatted_numbers
from kpipe.data.sources.table_file import TableFile

POINTS = CsvFormat()


@pytest.fixture
def reported(tmp_path):
    def report(columns, form=POINTS, targets=()):
        """The names of the reported columns, and the messages about columns given as lists of cells."""
        path = tmp_path / "a.csv"
        separator = form.delimiter(path)
        rows = [separator.join(f'"{cell}"' for cell in cells) for cells in zip(*columns.values(), strict=True)]
        path.write_text("\n".join([separator.join(columns), *rows]), encoding="utf-8")
        said = []
        inputs = [name for name in columns if name not in targets]
        return report_formatted_numbers(TableFile(path, form), inputs, list(targets), said.append), said

    return report


@pytest.mark.parametrize(
    "cells",
    [
        ["1,200", "999", "12,000"],
        ["1,200.50", "999.5", "1,000,000"],
        ["1.200.000", "2.000.000"],
        ["1.200,50", "2.300,10"],
        ["1 200", "12\u00a0000", "1\u202f000,5"],
        ["1'200", "12\u2019000.5"],
        ["$5", "$1,200.50", "-$3"],
        ["5 EUR", "7,50 EUR", "1.200 EUR"],
        ["\u20ac 5", "7 \u20ac"],
        ["US$ 5", "USD 7"],
        ["0,5", "1,25", "NA", ""],
        ["1.5", "2", "1,5"],
    ],
    ids=ascii,
)
def test_formatted_numbers(reported, cells):
    names, said = reported({"p": cells, "q": ["1"] * len(cells)})
    assert names == {"p"}
    expect_messages(said, 1)


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5", "2", "1e5", "NA"],
        ["red", "1,200", "blue", "green"],
        ["030 123 456", "0176 1234567"],
        ["A 123", "ABC 200", "EURO 5"],
        ["192.168.1.1", "10.0.0.12"],
        ["2021-01-31", "2022-05-01"],
        ["1,2,3", "4,5,6", "7,8"],
        ["10115", "80331"],
        ["1.234", "5.678"],
        ["", "NA"],
        ["1"] * 200 + ["1,5"],
    ],
    ids=lambda cells: ascii(cells[:2]),
)
def test_other_columns(reported, cells):
    assert reported({"p": cells, "q": ["1"] * len(cells)}) == (set(), [])


def test_a_decimal_comma_that_the_spec_does_not_mention(reported):
    names, said = reported({"p": ["0,5", "1,250"], "q": ["1,250", "2,000"]}, CsvFormat(";"))
    assert names == {"p", "q"}
    expect_messages(said, 2)


def test_a_decimal_point_where_the_spec_has_a_comma(reported):
    names, said = reported({"p": ["0.5", "1.25"], "q": ["1,5", "2"]}, CsvFormat(";", ","))
    assert names == {"p"}
    expect_messages(said, 1)


def test_targets_have_another_remedy(reported):
    names, said = reported({"x": ["$5", "$7"], "y": ["1,200", "3,000"]}, targets=["y"])
    assert names == {"x", "y"}
    expect_messages(said, 2)


def test_many_columns_of_one_kind_are_one_message(reported):
    names, said = reported({f"c{index}": ["$5", "$7"] for index in range(9)})
    assert len(names) == 9
    expect_messages(said, 1)


def test_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"p": ["0,5", "1,5"], "q": [1.5, 2.5], "r": [True, False]}), path)
    said = []
    assert report_formatted_numbers(TableFile(path), ["p", "q", "r"], [], said.append) == {"p"}
    expect_messages(said, 1)
