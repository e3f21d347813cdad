"""What the process of a trial does after the fork."""

from __future__ import annotations

import faulthandler
import io
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn, Protocol

from kpipe.child_processes.lifeline import end_with_parent
from kpipe.components.quiet_import import find_gpus
from kpipe.messages.reporter import Reporter
from kpipe.trials.event import EpochEnded
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial

#: Signals that interrupt a trial.
SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Libraries that only some specs need, and that import slowly; the parent imports those that a trial has used.
_LIBRARIES = ("albumentations", "sklearn.datasets", "sklearn.model_selection", "tensorboard.summary.v2")
#: The descriptors of standard output and error.
_STREAMS = (1, 2)


class Closable(Protocol):
    """Something that can be closed."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True)
class TrialProcess:
    """The process of a trial, from the fork to its end.

    Args:
        trial: the trial.
        environment: variables besides those of the parent.
        threads: the threads of TensorFlow; None for those that it chooses.
        connection: sends `EpochEnded`, and at last the `Outcome` with the libraries that the trial has imported;
            receives whether to proceed after an epoch.
        lifeline: the end for reading of a pipe whose other end only the parent has.
        output: the file for its standard output and error, until the log of the run exists.
    """

    trial: Trial
    environment: Mapping[str, str]
    threads: int | None
    connection: Connection
    lifeline: int
    output: int

    def run(self, unused: Sequence[Closable]) -> NoReturn:
        """Run the trial and end the process; call it at once after the fork, with `SIGNALS` blocked.

        Args:
            unused: connections of the parent, which are closed.
        """
        code = 1
        try:
            parent = os.getppid()
            os.setsid()
            for entry in unused:
                entry.close()
            end_with_parent(self.lifeline, parent, with_group=True)
            self._set_up()
            self._run()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Nothing of the parent may run here, such as its exit handlers and what is above this call on the stack.
            os._exit(code)

    def _set_up(self) -> None:
        for stream in _STREAMS:
            os.dup2(self.output, stream)
        faulthandler.enable(_STREAMS[-1])
        os.environ.update(self.environment)
        find_gpus()
        if self.threads is not None:
            from tensorflow import config

            config.threading.set_intra_op_parallelism_threads(self.threads)
            config.threading.set_inter_op_parallelism_threads(self.threads)

    def _run(self) -> None:
        from kpipe.trials.run_trial import run_trial

        try:
            for number in SIGNALS:
                signal.signal(number, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            outcome = run_trial(self.trial, self._epoch_ended, _LogReporter())
        except KeyboardInterrupt:  # before or after the run
            outcome = Outcome(id=self.trial.id, status="interrupted")
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.connection.send((outcome, [name for name in _LIBRARIES if name in sys.modules]))

    def _epoch_ended(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        self.connection.send(EpochEnded(self.trial.id, epoch, metrics))
        return bool(self.connection.recv()) if self.trial.asks else True


class _LogReporter(Reporter):
    """Writes only the log of the run, together with what libraries write to standard output and error."""

    def __init__(self) -> None:
        super().__init__(quiet=True, messages=io.StringIO(), results=io.StringIO())

    def log_to(self, path: Path | None) -> None:
        super().log_to(path)
        if path is not None:
            log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            for stream in _STREAMS:
                os.dup2(log, stream)
            os.close(log)
