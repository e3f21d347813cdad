import numpy as np
import pyarrow as pa
import pytest
from golden import raises

from kpipe.data.sources.table_file import TableFile
from kpipe.errors import DataError


@pytest.fixture
def written(tmp_path):
    def write(content, name="houses.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return TableFile(path)

    return write


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        'a,b\n"1","x"\n"2","y"',
        "a,b\n1,x\n\n\n2,y\n\n",
    ],
    ids=["plain", "crlf", "bom", "quotes", "blank-lines"],
)
def test_reads_csv(written, content):
    file = written(content)
    assert (file.names, len(file)) == (["a", "b"], 2)
    assert file.numbers("a").tolist() == [1, 2]
    assert file.strings("b").tolist() == ["x", "y"]


def test_tabs(written):
    assert written("a\tb\n1,5\tx\n", "data.tsv").strings("a").tolist() == ["1,5"]


def test_quoted_commas_quotes_and_line_breaks(written):
    file = written('a,b\n"x, ""y""\nz",1\nw,2\n')
    assert file.strings("a").tolist() == ['x, "y"\nz', "w"]
    assert file.row_name(0).endswith("houses.csv:2")
    assert file.row_name(1).endswith("houses.csv:4")


def test_line_numbers_count_empty_lines(written):
    file = written("a,b\n\n1,2\n\n\n3,4\n")
    assert [file.row_name(row).rsplit(":", 1)[1] for row in (0, 1)] == ["3", "6"]


def test_numbers(written):
    texts = ["1", "+5", "5.", ".5", " 7 ", "1e3", "-2.5E-1", "007"]
    assert written("a\n" + "\n".join(texts)).numbers("a").tolist() == [1, 5, 5, 0.5, 7, 1000, -0.25, 7]
    wrong = ["x", "1_0", "0x10", "nan", "inf", "1e999", "1,5", "--1", "１"]
    assert np.isnan(written("a,b\n" + "\n".join(f'"{text}",' for text in wrong)).numbers("a")).all()


def test_missing_strings(written):
    assert written('a,b\nx,1\n,1\n"  ",1\nNA,1\n').strings("a").tolist() == ["x", None, None, "NA"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", "x", "y"], True),
        (["1", "x", "y"], False),
        (["1", "NA", "n/a", "", "?", "null", "-"], True),
        (["", ""], False),
        (["a", "b"], False),
    ],
)
def test_half_of_the_values_decide(written, values, expected):
    assert written("a,b\n" + "\n".join(f"{value}," for value in values)).looks_numeric("a") is expected


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "a,b\n",
        "a,b\n1,2\n3\n",
        "a,b\n\n1,2,3\n",
        "a,b,a\n1,2,3\n",
        "a;b\n1;2\n",
        b"a,b\n1,ok\n2,\xff\n",
        'a,b\n"1,2\n3,4\n',
    ],
)
def test_what_cannot_be_read(written, content):
    with raises(DataError):
        written(content)


def test_text_in_a_column_of_numbers(written):
    file = written('a,b\n1,x\nNA,y\n"1,5",z\n ,w\n-.5e3,v\n')
    assert [file.has_text("a", np.array(rows, np.int64)) for rows in ([0, 1, 3, 4], [2], [])] == [False, True, False]
    assert file.has_text("b", np.array([0]))


def test_unknown_endings_and_missing_files(written, tmp_path):
    with raises(DataError):
        written("a,b\n1,2\n", "data.xlsx")
    with raises(DataError):
        TableFile(tmp_path / "gone.csv")


def test_a_late_error_in_a_large_file(written):
    rows = ["1,2"] * 400_000
    rows[399_000] = "1,2,3"
    with raises(DataError):
        written("a,b\n" + "\n".join(rows))


def test_parquet(tmp_path):
    import pyarrow.parquet

    path = tmp_path / "data.parquet"
    table = pa.table(
        {
            "i": pa.array([1, None, 3]),
            "f": pa.array([0.5, float("nan"), float("inf")]),
            "b": [True, False, None],
            "s": ["x", None, ""],
            "d": pa.array(["u", "v", "u"]).dictionary_encode(),
            "t": pa.array([0, 1, 2], pa.timestamp("s")),
            "m": pa.array([1, 2, 3], pa.decimal128(5, 2)),
            "n": pa.nulls(3),
            "l": pa.array(["p", "q", None], pa.large_string()),
        }
    )
    pyarrow.parquet.write_table(table, path)
    file = TableFile(path)
    assert file.is_parquet
    assert not file.has_text("i", np.array([1])) and file.has_text("s", np.array([0]))
    assert not file.has_text("s", np.array([1]))
    assert np.array_equal(file.numbers("i"), [1, np.nan, 3], equal_nan=True)
    assert np.array_equal(file.numbers("f"), [0.5, np.nan, np.nan], equal_nan=True)
    assert file.numbers("m").tolist() == [1, 2, 3]
    assert file.strings("b").tolist() == ["true", "false", None]
    assert file.strings("s").tolist() == ["x", None, None]
    assert file.strings("d").tolist() == ["u", "v", "u"]
    assert file.strings("i").tolist() == ["1", None, "3"]
    assert file.strings("f").tolist() == ["0.5", None, "inf"]
    assert file.strings("l").tolist() == ["p", "q", None]
    assert file.strings("n").tolist() == [None] * 3
    assert [name for name in file.names if file.looks_numeric(name)] == ["i", "f", "m"]
    assert [name for name in file.names if not file.is_plain(name)] == ["t"]
    assert (file.value("i", 1), file.value("f", 0)) == ("", "0.5")
    assert file.row_name(1) == f"{path}:row 2"


def test_text_of_numbers_is_not_kept(tmp_path):
    path = tmp_path / "a.csv"
    row = ",".join(["1234567.5"] * 20)
    path.write_text("\n".join([",".join(f"c{place}" for place in range(20)), *[row] * 20_000]))
    before = pa.total_allocated_bytes()
    file = TableFile(path)
    assert pa.total_allocated_bytes() - before < path.stat().st_size / 20
    assert file.strings("c3")[19_999] == file.value("c7", 5) == "1234567.5"


@pytest.mark.parametrize("texts", [(), ("a", "b", "c")])
def test_text_is_read_again(written, texts):
    mixed = [f"{row}" if row % 3 else "x" for row in range(9)]
    content = "a,b,c\n" + "\n".join(f"{cell},{row}.0,y" for row, cell in enumerate(mixed))
    file = TableFile(written(content).path, None, texts)
    assert file.strings("a").tolist() == mixed
    assert file.strings("b").tolist() == [f"{row}.0" for row in range(9)]
    assert (file.value("a", 0), file.value("b", 4), file.value("c", 8)) == ("x", "4.0", "y")
    assert (file.other_rows("a").tolist(), file.other_values("a")) == ([0, 3, 6], ["x"] * 3)


def test_a_file_that_changes_meanwhile(written):
    file = written("a,b\n1,2\n3,4\n")
    file.path.write_text("a,b\n1,2\n")
    with raises(DataError):
        file.strings("a")


def test_numbers_can_be_taken(written):
    file = written("a,b,c\n1,2,x\n3,4,y\n5,NA,z\n")
    rows = np.array([0, 2])
    (matrix,) = file.take_numbers(["b", "a"], rows)
    np.testing.assert_array_equal(matrix, [[2, 1], [np.nan, 5]])
    assert file.num_finite("b") == 2
    (again,) = file.take_numbers(["b", "a"], rows)
    np.testing.assert_array_equal(again, matrix)


def test_damaged_parquet(tmp_path):
    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    with raises(DataError):
        TableFile(path)
