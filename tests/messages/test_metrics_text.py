import pytest

from kpipe.messages.metrics_text import duration, number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0000"), (12.34567, "12.3457"), (1e-5, "1.000e-05"), (-123456.0, "-1.235e+05")],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.9, "1 h 00 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
