"""What has started a run is a command that can be repeated, or Python."""

import shlex
import sys

from kpipe.messages.call_argument import command_line
from kpipe.messages.caller import caller


def test_a_command_is_quoted_for_a_shell(monkeypatch):
    arguments = ["run", "my spec.yaml", "--set", "train.epochs=3"]
    monkeypatch.setattr(sys, "argv", ["/somewhere/kpipe/__main__.py", *arguments])
    with command_line():
        assert caller() == "kpipe run 'my spec.yaml' --set train.epochs=3"
        assert shlex.split(caller()) == ["kpipe", *arguments]
    assert caller() == "Python"
