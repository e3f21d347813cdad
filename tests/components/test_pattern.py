import pytest
from golden import expect_message

from kpipe.components.pattern import pattern_fault


@pytest.mark.parametrize("text", ["head", "^dense_1/kernel$", "block.*-2/.*kernel", "a.c", ""])
def test_patterns_of_plain_parts(text):
    assert pattern_fault(text) is None


@pytest.mark.parametrize("text", ["(a+)+$", "a+", "[a]", "a{9}", "(?=a)", "a*", "*", ".**", ".*" * 4, "a" * 201, "a\n"])
def test_patterns_that_may_be_slow_or_wrong(text):
    expect_message(pattern_fault(text))
