"""A child process has ended without a word."""

from __future__ import annotations


class ChildDiedError(RuntimeError):
    """A child process ended before it sent what was waited for.

    Args:
        reason: how it ended, such as `was killed by signal 9 (SIGKILL)`.
        crash: the traceback of a crash in native code, as `faulthandler` writes it; may be empty.
    """

    def __init__(self, reason: str, crash: str = "") -> None:
        self.reason = reason
        self.crash = crash
        super().__init__(f"the child process {reason}")
        if crash:
            self.add_note(crash)
