"""The base class of initializations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from kpipe.errors import ArgumentError
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.initialization_report import InitializationReport
from kpipe.train.initialize.skip_reasons import skip_reasons


class Initialization(ABC):
    """Base class of initializations, which set weights of a model by training samples before the first step.

    A custom one derives from this class and defines `apply`. It draws random numbers only by `context.seed`, so that a
    repeated run has the same weights.

    Example:
        >>> class ConstantBias(Initialization):
        ...     def apply(self, context):
        ...         context.model.layers[-1].bias.assign([0.5])
        ...         return InitializationReport({"out": {"bias": 0.5}}, {}, "the bias of the last layer")
        >>> ConstantBias().remedy
        'remove it'
    """

    #: What to do if nothing can be initialized.
    remedy: ClassVar[str] = "remove it"
    #: Whether it sets what others would measure, so that it has to be the last one of a list.
    is_last: ClassVar[bool] = False

    def check(self, context: InitializationContext) -> None:
        """Check that there is anything to initialize, without computing anything; by default, there is.

        Raises:
            ArgumentError: there is nothing, or an argument does not fit the model.
        """
        del context

    @abstractmethod
    def apply(self, context: InitializationContext) -> InitializationReport:
        """Set the weights, and return what was set and what was skipped.

        A variable is set by its method `assign`, which sets the copies of all replicas.

        Args:
            context: the compiled model before its first step, and its training samples.

        Raises:
            ArgumentError: an argument does not fit the model or the data.
        """

    def nothing(self, skipped: Mapping[str, str]) -> ArgumentError:
        """Return the error that nothing can be initialized.

        Args:
            skipped: why each layer is skipped, by its name.
        """
        why = "; ".join(skip_reasons(skipped)) or "the model has none"
        return ArgumentError("", f"no layer can be initialized: {why}; {self.remedy}")
