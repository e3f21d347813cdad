import pytest

from kpipe.messages.counted import counted


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 problems"), (1, "1 problem"), (2, "2 problems"), (12_000, "12,000 problems")]
)
def test_the_noun_follows_the_number(number, text):
    assert counted(number, "problem") == text
