"""The interface of what runs trials, on this machine or on others."""

from __future__ import annotations

from abc import ABC, abstractmethod

from kpipe.trials.event import Event
from kpipe.trials.trial import Trial


class Executor(ABC):
    """Runs trials in parallel; use it as a context, which ends those that still run.

    One thread uses it: it submits trials, waits for events, and answers the trials that ask.
    """

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    @abstractmethod
    def free(self) -> int:
        """The number of trials that can be submitted and start at once."""

    @abstractmethod
    def submit(self, trial: Trial) -> None:
        """Start a trial; it waits until a place is free.

        Raises:
            ValueError: a trial with the same id has not ended yet.
            TrainingError: no trial can run any more.
        """

    @abstractmethod
    def wait(self, timeout: float | None = None) -> list[Event]:
        """Wait for events, and return all that have arrived, in their order.

        Args:
            timeout: the largest number of seconds to wait; None, the default, to wait without a limit.

        Returns:
            Nothing if the time is over, or if there are no trials.

        Raises:
            TrainingError: no trial can run any more. The states of trials are saved at the end of their epochs.
        """

    @abstractmethod
    def answer(self, trial_id: str, proceed: bool) -> None:
        """Tell a trial that asks whether to proceed after the epoch that it has reported.

        Args:
            trial_id: the trial; nothing happens if it has ended.
            proceed: False to end it with the status `pruned`.
        """

    @abstractmethod
    def cancel(self, trial_id: str) -> None:
        """Interrupt a trial: it saves its state and ends, or is killed a few seconds later.

        Args:
            trial_id: the trial; nothing happens if it has ended. Its outcome arrives as for other trials.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """Interrupt all trials without waiting for their end; those that have not started never do."""

    @abstractmethod
    def close(self) -> None:
        """Interrupt all trials and wait until they have ended; they can be resumed later. It may be called again."""
