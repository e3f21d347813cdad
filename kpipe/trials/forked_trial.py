"""The process of one trial, as the process that has forked it sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing import Pipe

from kpipe.child_processes.anonymous_file import anonymous_file
from kpipe.child_processes.descriptor import Descriptor
from kpipe.child_processes.exit_reason import exit_reason
from kpipe.trials.event import EpochEnded
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial
from kpipe.trials.trial_process import SIGNALS, Closable, TrialProcess

#: Bytes of the output of a trial that are kept.
_OUTPUT = 2**16


class ForkedTrial:
    """A process that was forked for a trial.

    Args:
        trial: the trial.
        environment: variables of its process besides those of this one.
        threads: the threads of TensorFlow; None for those that it chooses.
        unused: what the new process closes: it would keep other processes from noticing the end of this one.

    Attributes:
        is_closed: whether the process has closed its connection.
        libraries: the libraries that the trial has imported, known at its end.
    """

    def __init__(
        self, trial: Trial, environment: Mapping[str, str], threads: int | None, unused: Sequence[Closable] = ()
    ) -> None:
        self.trial = trial
        self.is_closed = False
        self.libraries: Sequence[str] = ()
        self._outcome: Outcome | None = None
        self._deadline: float | None = None
        self._began = time.monotonic()
        self._output = Descriptor(anonymous_file("kpipe-trial"))
        self.connection, other = Pipe()
        lifeline, self._lifeline = map(Descriptor, os.pipe())
        process = TrialProcess(trial, environment, threads, other, lifeline.number, self._output.number)
        # A signal that arrives before the new process handles it has to wait.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            process.run([*unused, self])
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        other.close()
        lifeline.close()

    def close(self) -> None:
        """Close what connects this process with that of the trial, which ends if this is its parent."""
        self.connection.close()
        self._lifeline.close()

    def receive(self) -> EpochEnded | None:
        """Return what the process reports, if it is about an epoch; call it only if something has arrived."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self.is_closed = True
            return None
        if isinstance(message, tuple):
            self._outcome, self.libraries = message
            return None
        event: EpochEnded = message
        return event

    def answer(self, proceed: bool) -> None:
        """Tell the process whether to proceed after an epoch."""
        with contextlib.suppress(OSError):
            self.connection.send(proceed)

    def interrupt(self, grace: float) -> None:
        """Interrupt the process, which is killed if it has not ended after some seconds."""
        if self._deadline is None:
            self._deadline = time.monotonic() + grace
            os.kill(self.pid, signal.SIGINT)
            if self.trial.asks:
                self.answer(True)

    def ended(self) -> Outcome | None:
        """Return the outcome if the process has ended, after ending all that it has started."""
        if self._is_overdue:
            os.kill(self.pid, signal.SIGKILL)
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        # While the process is not reaped, the number of its group belongs to nothing else.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self.pid, 0)
        while not self.is_closed and self.connection.poll():
            self.receive()
        self.close()
        outcome = self._outcome
        if outcome is None:
            reason = self._reason(os.waitstatus_to_exitcode(status))
            outcome = Outcome(id=self.trial.id, status="killed", reason=reason)
        seconds = time.monotonic() - self._began
        return replace(outcome, seconds=seconds, cpu_seconds=usage.ru_utime + usage.ru_stime, output=self._printed())

    def _reason(self, code: int) -> str:
        if code == -signal.SIGKILL and self._is_overdue:
            return "its process was killed, since it had not saved its state in time after it was interrupted"
        cause = ", which the system sends if memory is exhausted" if code == -signal.SIGKILL else ""
        return f"its process {exit_reason(code)}{cause}"

    @property
    def _is_overdue(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _printed(self) -> str:
        size = os.fstat(self._output.number).st_size
        return os.pread(self._output.number, _OUTPUT, max(size - _OUTPUT, 0)).decode(errors="backslashreplace")
