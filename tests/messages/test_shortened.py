import pytest

from kpipe.messages.shortened import shortened


@pytest.mark.parametrize(("length", "text"), [(4, "a..."), (5, "ab..."), (6, "abcdef"), (40, "abcdef")])
def test_the_length(length, text):
    assert shortened("abcdef", length) == text
