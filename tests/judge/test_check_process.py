"""The protocol in a child process, which here is this one."""

import json

import pytest

import kpipe
from kpipe.checks.sent_spec import SentSpec
from kpipe.components import quiet_import
from kpipe.judge.check_process import run_check
from kpipe.judge.check_result import CheckResult
from kpipe.judge.protocol import PROBES

SPEC = """
name: small
data: {source: Digits, prepare: [Standardize]}
model: [Flatten, Dense: {units: =classes}]
"""


class Connection:
    """Keeps what is sent."""

    def __init__(self):
        self.sent = []

    def send(self, message):
        self.sent.append(message)


@pytest.mark.slow
def test_messages_are_sent_before_the_result(monkeypatch):
    monkeypatch.setattr(quiet_import, "_owns_process", False)
    connection = Connection()
    run_check(connection, SentSpec.of(kpipe.load(SPEC).spec), 1e-6, True)
    *messages, result = connection.sent
    assert messages[0].startswith("devices: ")
    assert isinstance(result, CheckResult)
    written = json.loads(result.files["check.json"])
    assert written["name"] == "small"
    assert set(written["probes"]) == {probe.name for probe in PROBES}
    assert written["budget"] == 0
