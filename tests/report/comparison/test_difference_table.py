from kpipe.report.comparison.difference_table import difference_table


def test_values_that_are_the_same_or_missing_everywhere():
    assert difference_table([{"a": "1"}, {"a": "1"}]) == []
    (row,) = difference_table([{}, {"a": "1"}], missing="?")
    assert (row.path, row.values) == ("a", ["?", "1"])
