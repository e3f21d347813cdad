from kpipe.messages.table import aligned, column_widths, table


def test_numbers_are_aligned_to_the_right():
    assert table(["name", "note", "n"], [["a", "1", "10"], ["long", "x", "2"]]) == [
        "name  note   n",
        "a     1     10",
        "long  x      2",
    ]


def test_names_are_cells_of_one_line():
    lines = table(["class", "f1"], [["a\x1b[31m\nb", "0.5"], ["\u202ec", "0.25"]])
    assert lines == ["class           f1", "a\\x1b[31m\\nb   0.5", "\\u202ec       0.25"]


def test_long_cells_are_shortened():
    assert table(["name"], [["abcdef"]], longest=4) == ["name", "abc…"]


def test_a_column_with_an_empty_cell_is_numeric_and_the_first_never_is():
    assert table(["", "f1"], [["1", "0.25"], ["10", ""]]) == ["      f1", "1   0.25", "10"]


def test_given_widths_and_columns_at_the_right():
    assert column_widths([["a", "bcd"], ["ef", "g"]]) == [2, 3]
    assert aligned([["a", "bcd"], ["ef", "g"]], right=[1], widths=[3, 4]) == ["a     bcd", "ef      g"]
    assert aligned([]) == []
