import pyarrow as pa
import pyarrow.parquet
import pytest
from golden import expect_messages

from kpipe.data.sources.rounded_integers import report_rounded_integers
from kpipe.data.sources.table import Table
from kpipe.data.sources.table_file import TableFile


@pytest.fixture
def written(tmp_path):
    def write(values, suffix):
        path = tmp_path / f"a{suffix}"
        if suffix == ".csv":
            path.write_text("uid,y\n" + "".join(f"{value},{index % 2}\n" for index, value in enumerate(values)))
        else:
            table = pa.table({"uid": pa.array(values, pa.int64()), "y": [index % 2 for index in range(len(values))]})
            pyarrow.parquet.write_table(table, path)
        return path

    return write


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("values", "example"),
    [
        ([2**60 + index % 4 for index in range(40)], str(2**60 + 1)),
        ([1, 2, -(2**53) - 1], str(-(2**53) - 1)),
        ([2**53, 2**60, -(2**62)], None),
        ([2**53 - 1, 3], None),
    ],
)
def test_integers_that_lose_digits(written, suffix, values, example):
    assert TableFile(written(values, suffix)).rounded_integer("uid") == example


def test_numbers_that_are_no_integers_are_exact_enough(written):
    file = TableFile(written(["12345678901234567.5", "1e300", "12345678901234567e1", "NA", "x"] * 3, ".csv"))
    assert file.rounded_integer("uid") is None


def test_the_report(written, listener):
    path = written([2**60 + index % 4 for index in range(40)], ".csv")
    Table(path, "y").open(listener.context())
    expect_messages(listener.said, 3)
    listener.said.clear()
    for arguments in ({"categorical": ["uid"]}, {"numeric": ["uid"]}):
        Table(path, "y", **arguments).open(listener.context())
    assert not any("2^53" in line for line in listener.said)


def test_targets_cannot_be_excluded(written):
    said = []
    file = TableFile(written([2**60 + 1], ".csv"))
    assert report_rounded_integers(file, [], ["uid"], said.append) == {"uid"}
    expect_messages(said, 1)
