"""Running trials in processes of this machine."""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Any

from kpipe.child_processes.child_died import ChildDiedError
from kpipe.child_processes.child_process import ChildProcess
from kpipe.data.cores import cores
from kpipe.data.limited_threads import limited_threads
from kpipe.errors import ArgumentError, TrainingError
from kpipe.trials.event import Ended, Event, Ready
from kpipe.trials.executor import Executor
from kpipe.trials.gpu_shares import gpu_shares
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial

#: Seconds that an interrupted trial has to save its state.
GRACE = 4.0
#: The variable that selects the GPUs which a process can use.
_VISIBLE = "CUDA_VISIBLE_DEVICES"


class LocalExecutor(Executor):
    """Runs trials in processes of this machine, which a server forks; they end with this process in any way.

    The server imports TensorFlow once for all trials. Each trial has a process and a session of its own, its share of
    the cores, and the number of threads that belongs to it.

    Args:
        workers: the number of trials that run at the same time, at least 1, default 1.
        cpus: the number of cores for each trial, at least 1 and at most those of the machine; None, the default, for an
            equal share.
        gpus: the number of GPUs for each trial, at least 0; None, the default, for an equal share, or for one GPU that
            several trials use if there are fewer than `workers`.

    Attributes:
        threads: the number of threads with which each trial computes.

    Raises:
        ArgumentError: a number is too small, or there are fewer cores; `wait_until_ready`, or the first `wait`, raises
            it if there are too few GPUs.
    """

    def __init__(self, workers: int = 1, *, cpus: int | None = None, gpus: int | None = None) -> None:
        for name, value, least in (("workers", workers, 1), ("cpus", cpus, 1), ("gpus", gpus, 0)):
            if value is not None and value < least:
                raise ArgumentError(name, f"expected a number of at least {least}, got {value}")
        if cpus is not None and cpus > cores():
            raise ArgumentError(
                "cpus",
                f"this machine has fewer cores; expected at most {cores()}, got {cpus}; use fewer cores for each trial",
            )
        self.threads = cpus or max(cores() // workers, 1)
        self._free = list(range(workers))
        self._queue: deque[Trial] = deque()
        self._running: dict[str, int] = {}
        self._events: deque[Event] = deque()
        self._failure: TrainingError | None = None
        self._workers, self._gpus = workers, gpus
        #: The variables of the trial in each place; None until the server is ready.
        self._environments: list[dict[str, str]] | None = None
        threads = None if self.threads == cores() else self.threads
        environment = {} if threads is None else limited_threads(threads)
        self._server = ChildProcess("kpipe.trials.fork_server:serve", threads, GRACE, environment=environment)

    @property
    def free(self) -> int:
        """The number of trials that can be submitted and start at once."""
        return len(self._free) - len(self._queue)

    def wait_until_ready(self) -> None:
        """Wait until trials can start; `submit` and `wait` do not need it.

        Raises:
            ArgumentError: there are too few GPUs; the executor is closed.
            TrainingError: the process that starts the trials has ended.
        """
        try:
            while self._environments is None:
                self._receive()
        except BaseException:
            self.close()
            raise

    def submit(self, trial: Trial) -> None:
        """Start a trial; it waits until a place is free.

        Raises:
            ValueError: a trial with the same id has not ended yet.
            TrainingError: no trial can run any more.
        """
        if self._failure is not None:
            raise self._failure
        if trial.id in self._running or any(other.id == trial.id for other in self._queue):
            raise ValueError(f"a trial with id {trial.id!r} has not ended yet; use another id")
        self._queue.append(trial)
        self._start()

    def wait(self, timeout: float | None = None) -> list[Event]:
        """Wait for events, and return all that have arrived, in their order."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self._events and (self._running or self._queue):
            left = None if end is None else max(end - time.monotonic(), 0.0)
            if not self._server.poll(left):
                break
            self._receive()
        while (self._running or self._queue) and self._server.poll(0):
            self._receive()
        events = [*self._events]
        self._events.clear()
        return events

    def answer(self, trial_id: str, proceed: bool) -> None:
        """Tell a trial that asks whether to proceed after the epoch that it has reported."""
        if trial_id in self._running:
            self._send("answer", trial_id, proceed)

    def cancel(self, trial_id: str) -> None:
        """Interrupt a trial: it saves its state and ends, or is killed a few seconds later."""
        for trial in [trial for trial in self._queue if trial.id == trial_id]:
            self._queue.remove(trial)
            self._events.append(Ended(Outcome(id=trial_id, status="interrupted")))
        if trial_id in self._running:
            self._send("interrupt", trial_id)

    def interrupt(self) -> None:
        """Interrupt all trials without waiting for their end; those that have not started never do."""
        self._queue.clear()
        try:
            for trial_id in self._running:
                self.cancel(trial_id)
        except TrainingError:  # the server has ended, and all trials with it
            self._running.clear()

    def close(self) -> None:
        """Interrupt all trials and wait until they have ended; they can be resumed later."""
        try:
            self.interrupt()
            while self._running:
                self.wait()
        except TrainingError:  # the server has ended, and all trials with it
            self._running.clear()
        finally:
            self._server.end()
            self._failure = TrainingError("this executor is closed, so that no trial can run; create another one")

    def _start(self) -> None:
        while self._environments is not None and self._free and self._queue:
            trial, place = self._queue.popleft(), self._free.pop(0)
            self._running[trial.id] = place
            self._send("start", trial, self._environments[place])

    def _visible_gpus(self, count: int) -> list[dict[str, str]]:
        """Return the variables with which the trial in each place sees its GPUs.

        Args:
            count: the number of GPUs.
        """
        if not count and not self._gpus:
            return [{} for _ in range(self._workers)]
        visible = os.environ.get(_VISIBLE)
        names = [str(number) for number in range(count)] if visible is None else visible.split(",")[:count]
        return [{_VISIBLE: ",".join(share) or "-1"} for share in gpu_shares(names, self._workers, self._gpus)]

    def _send(self, *message: Any) -> None:
        try:
            self._server.send(message)
        except ChildDiedError as error:
            raise self._lost(error) from error

    def _receive(self) -> None:
        try:
            message = self._server.receive()
        except ChildDiedError as error:
            raise self._lost(error) from error
        if isinstance(message, Ready):
            self._environments = self._visible_gpus(message.gpus)
        else:
            self._events.append(message)
            if isinstance(message, Ended):
                self._free.append(self._running.pop(message.id))
        self._start()

    def _lost(self, error: ChildDiedError) -> TrainingError:
        self._failure = TrainingError(
            f"the process that starts the trials {error.reason}, and all trials have ended with it; resume them: their "
            "states are saved after each epoch"
        )
        return self._failure
