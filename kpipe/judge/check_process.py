"""The protocol in a child process."""

from __future__ import annotations

import contextlib
from multiprocessing.connection import Connection

from kpipe.checks.sent_spec import SentSpec
from kpipe.components.quiet_import import own_process
from kpipe.messages.call_argument import command_line
from kpipe.train.devices.tensorflow_start import start_tensorflow
from kpipe.train.setup.spec_session import spec_session


def run_check(connection: Connection, sent: SentSpec, budget: float | None, is_command_line: bool) -> None:
    """Run the protocol, and send each message as a string and at last the `CheckResult`.

    Args:
        connection: the connection to the parent.
        sent: the spec.
        budget: the seconds that the probes may use; None for the default.
        is_command_line: whether messages are in the syntax of the command line.
    """
    own_process()
    start_tensorflow()
    with command_line() if is_command_line else contextlib.nullcontext():
        spec = sent.received()
        with spec_session(spec, is_run=True):
            from kpipe.judge.check_spec import check_spec

            result = check_spec(spec, connection.send, budget).result()
    connection.send(result)
