"""What all strategies have in common: they are constructed from the spec and started once, before anything is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


class Strategy(ABC):
    """Base of all strategies: the constructor receives the spec's arguments, `start` claims the devices."""

    @abstractmethod
    def start(self, say: Callable[[str], None]) -> Devices:
        """Claim the devices.

        Args:
            say: receives each message.

        Returns:
            What is running.

        Raises:
            ArgumentError: the devices are not there.
        """


class Devices:
    """A strategy that has its devices.

    Args:
        scope: a new context in which a model and all its variables are made.
        distribution: TensorFlow's strategy where there are several replicas; None where there is one device.
    """

    def __init__(
        self, scope: Callable[[], AbstractContextManager[Any]] = nullcontext, distribution: Any = None
    ) -> None:
        self.scope = scope
        self.distribution = distribution

    @property
    def replicas(self) -> int:
        """On how many devices each step is computed."""
        return int(self.distribution.num_replicas_in_sync) if self.distribution is not None else 1

    def evaluation_scope(self) -> AbstractContextManager[Any]:
        """Where parts of the data are measured: on the one device, or on the first replica, whose weights are saved."""
        return self.scope() if self.distribution is None else nullcontext()


#: Whatever TensorFlow does by itself: the first GPU, or the CPU.
DEFAULT_DEVICES = Devices()
