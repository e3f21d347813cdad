"""The base class of recipes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from kpipe.errors import ArgumentError
from kpipe.messages.counted import counted
from kpipe.train.stages.recipes.recipe_context import RecipeContext


class Recipe(ABC):
    """Base class of recipes, which stand for one or several stages of `train.stages`.

    A custom one derives from this class, passes the arguments on, and defines `stages`; `count` is the number of its
    stages, which must not depend on the data, since epochs are counted before they are read.

    Args:
        epochs: the largest number of epochs of each stage, at least 1, or a list with one number for each stage;
            default null: `train.epochs`.
        head: the items that are new, so that they are trained in all stages; default null: those that
            `train.start_from` excludes by `except`, or the last layer with weights.

    Raises:
        ArgumentError: `epochs` is below 1, or does not have one number for each stage; or `head` is empty.

    Example:
        >>> class Backwards(Recipe):
        ...     count = 2
        ...     def stages(self, context):
        ...         return [{"only": [*context.head]}, {"freeze": [], **context.slower(0.1)}]
        >>> Backwards(epochs=[3, 5]).stage_epochs(default=10)
        [3, 5]
    """

    #: The number of stages.
    count: ClassVar[int] = 1

    def __init__(self, epochs: int | Sequence[int] | None = None, head: Sequence[str] | None = None) -> None:
        self._epochs = epochs if epochs is None or isinstance(epochs, int) else [*epochs]
        self.head = None if head is None else [*head]
        numbers = self.stage_epochs(1)
        if len(numbers) != self.count:
            stages = counted(self.count, "stage")
            raise ArgumentError("epochs", f"expected a number, or one for each of {stages}, got {len(numbers)} of them")
        if any(isinstance(number, bool) or not isinstance(number, int) or number < 1 for number in numbers):
            raise ArgumentError("epochs", f"out of range; expected integers of at least 1, got {self._epochs}")
        if self.head == []:
            raise ArgumentError("head", "expected at least 1 item, got an empty list; remove it for its default")

    def stage_epochs(self, default: int) -> list[int]:
        """Return the largest number of epochs of each stage.

        Args:
            default: `train.epochs`.
        """
        if self._epochs is None:
            return [default] * self.count
        return [self._epochs] * self.count if isinstance(self._epochs, int) else self._epochs

    @property
    def has_epochs(self) -> bool:
        """Whether it states its number of epochs."""
        return self._epochs is not None

    @abstractmethod
    def stages(self, context: RecipeContext) -> Sequence[Mapping[str, Any]]:
        """Return the stages as in `train.stages`, as plain values; their epochs are added.

        Args:
            context: the head of the model, the training part and the optimizer.

        Raises:
            ArgumentError: the recipe does not fit the model, the data or the optimizer.
        """

    def reason(self, context: RecipeContext) -> str | None:
        """Return why the stages are these, as a part of a message; by default nothing.

        Args:
            context: the head of the model, the training part and the optimizer.
        """
        del context
        return None
