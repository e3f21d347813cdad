from pathlib import Path

import pytest

from kpipe.messages.call_argument import call_argument, command_line, is_command_line


@pytest.mark.parametrize(
    ("name", "value", "option", "argument"),
    [
        ("resume", True, "--resume", "resume=True"),
        ("output", Path("runs/1"), "--output runs/1", 'output="runs/1"'),
        ("output", "a b's", """--output 'a b'"'"'s'""", 'output="a b\'s"'),
        ("output", "DIR", "--output DIR", 'output="DIR"'),
        ("count", 3, "--count 3", "count=3"),
    ],
)
def test_the_syntax_is_that_of_the_caller(name, value, option, argument):
    assert call_argument(name, value) == argument
    with command_line():
        assert call_argument(name, value) == option
    assert call_argument(name, value) == argument


def test_the_caller_is_python_again_after_an_error():
    with pytest.raises(KeyError), command_line():
        raise KeyError
    assert not is_command_line()
