"""The base class of strategies, which are created from the spec and started before anything is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


class Strategy(ABC):
    """Base class of strategies: the constructor receives the arguments of the spec, `start` claims the devices."""

    @abstractmethod
    def start(self, say: Callable[[str], None]) -> Devices:
        """Claim the devices.

        Args:
            say: receives each message.

        Returns:
            The claimed devices.

        Raises:
            ArgumentError: the devices are not available.
        """


class Devices:
    """The devices that a strategy has claimed.

    Args:
        scope: returns a new context in which a model and its variables are created.
        distribution: the strategy of TensorFlow if there are several replicas; None for one device.
    """

    def __init__(
        self, scope: Callable[[], AbstractContextManager[Any]] = nullcontext, distribution: Any = None
    ) -> None:
        self.scope = scope
        self.distribution = distribution

    @property
    def replicas(self) -> int:
        """The number of devices that compute each step."""
        return int(self.distribution.num_replicas_in_sync) if self.distribution is not None else 1

    def evaluation_scope(self) -> AbstractContextManager[Any]:
        """Return the scope for evaluations: the single device, or the first replica, whose weights are saved."""
        return self.scope() if self.distribution is None else nullcontext()


#: The default device of TensorFlow, which is the first GPU or the CPU.
DEFAULT_DEVICES = Devices()
