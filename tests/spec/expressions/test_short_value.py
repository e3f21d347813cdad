import tracemalloc

from kpipe.spec.expressions.short_value import short_names, short_value


def test_short_values_are_written_as_python_writes_them():
    for value in (None, True, -3, 2.5, "it's", [], [1, [2, "a"]], {"a": {"b": [None]}}):
        assert short_value(value) == repr(value)


def test_long_values_are_cut_and_never_written_out():
    row = ["x" * 100] * 10_000
    value = {"key": [row] * 10_000}
    tracemalloc.start()
    text = short_value(value, 50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert text == f"{{'key': [['{'x' * 39}..."
    assert peak < 100_000
    assert short_value("y" * 10**6, 5) == "'yyyy..."
    assert short_value(10**5000) == "an integer of 16,610 bits"


def test_of_many_names_the_first_are_listed():
    assert short_names(f"n{i}" for i in range(50)).endswith("n38, n39, ...")
    assert short_names(["a" * 300]) == f"{'a' * 200}..."
