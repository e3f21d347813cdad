import pytest

from kpipe.child_processes.exit_reason import exit_reason


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "ended with exit code 0"),
        (1, "ended with exit code 1"),
        (-9, "was killed by signal 9 (SIGKILL)"),
        (-11, "was killed by signal 11 (SIGSEGV)"),
        (-40, "was killed by signal 40"),
        (None, "does not answer"),
    ],
)
def test_reasons(code, text):
    assert exit_reason(code) == text
