"""The base class of probes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price


class Probe(ABC):
    """One measurement on a training before its first step.

    Attributes:
        name: its key in `check.json`.
        title: its title in the table.
        of_updates: whether it measures updates by the gradients of batches, which an optimizer of the whole training
            part does not make; default False.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    of_updates: ClassVar[bool] = False

    @abstractmethod
    def price(self, bench: Bench) -> Price:
        """Return the expected time, from what has been measured so far."""

    @abstractmethod
    def run(self, bench: Bench) -> Outcome:
        """Measure, and return what was found; the model is restored by the caller."""
