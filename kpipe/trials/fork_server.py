"""The process that forks a process for each trial."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection, wait

from kpipe.components.quiet_import import find_gpus, import_keras
from kpipe.trials.event import Ended, Ready
from kpipe.trials.forked_trial import ForkedTrial
from kpipe.trials.trial import Trial

#: Seconds between two checks whether a process has ended that something else keeps connected.
_INTERVAL = 0.5
#: The same for a process that has closed its connection, and is about to end.
_SHORT_INTERVAL = 0.01


def serve(connection: Connection, threads: int | None, grace: float) -> None:
    """Fork a process for each trial, and report what the trials do, until the connection is closed.

    This process imports TensorFlow, but never computes with it and never searches for GPUs: a process that was forked
    after that would hang. A trial therefore needs no import, and sets its devices and threads itself.

    Args:
        connection: receives `(method, arguments…)` of `ForkServer`, sends `Ready`, `EpochEnded` and `Ended`.
        threads: the threads of each trial; None for those that TensorFlow chooses.
        grace: the seconds that an interrupted trial has to save its state.
    """
    _import()
    # The garbage collector of a trial must not copy the memory of these objects by writing to them.
    gc.collect()
    gc.freeze()
    connection.send(Ready(_gpus()))
    ForkServer(connection, threads, grace).run()


def _import() -> None:
    import_keras(finds_gpus=False)
    from kpipe.train import start  # noqa: F401
    from kpipe.trials import run_trial  # noqa: F401


def _gpus() -> int:
    """Return the number of GPUs, which a process of its own counts: after that, a process cannot fork others."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, str(len(find_gpus())).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        found = file.read()
    os.waitpid(pid, 0)
    return int(found or 0)


class ForkServer:
    """Forks processes for trials, and passes on what they report; see `serve`."""

    def __init__(self, connection: Connection, threads: int | None, grace: float) -> None:
        self._connection = connection
        self._threads = threads
        self._grace = grace
        self._trials: dict[str, ForkedTrial] = {}

    def run(self) -> None:
        """Serve until the connection is closed."""
        while True:
            trials = [trial for trial in self._trials.values() if not trial.is_closed]
            interval = _INTERVAL if len(trials) == len(self._trials) else _SHORT_INTERVAL
            ready = wait([self._connection, *(trial.connection for trial in trials)], interval)
            for trial in trials:
                if trial.connection in ready and (event := trial.receive()) is not None:
                    self._connection.send(event)
            for trial in [*self._trials.values()]:
                if (outcome := trial.ended()) is not None:
                    del self._trials[trial.trial.id]
                    self._connection.send(Ended(outcome))
                    for library in trial.libraries:
                        import_module(library)
            if self._connection in ready:
                try:
                    method, *arguments = self._connection.recv()
                except EOFError:
                    return
                getattr(self, method)(*arguments)

    def start(self, trial: Trial, environment: Mapping[str, str]) -> None:
        """Start a trial with these variables besides those of this process."""
        self._trials[trial.id] = ForkedTrial(
            trial, environment, self._threads, unused=[self._connection, *self._trials.values()]
        )

    def answer(self, trial_id: str, proceed: bool) -> None:
        """Tell a trial whether to proceed."""
        if trial_id in self._trials:
            self._trials[trial_id].answer(proceed)

    def interrupt(self, trial_id: str) -> None:
        """Interrupt a trial, and kill it if it has not ended after the time of grace."""
        if trial_id in self._trials:
            self._trials[trial_id].interrupt(self._grace)
