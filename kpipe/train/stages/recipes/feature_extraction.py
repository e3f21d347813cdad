"""FeatureExtraction: trains the head on the features of a frozen body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.train.stages.recipes.recipe import Recipe
from kpipe.train.stages.recipes.recipe_context import RecipeContext


class FeatureExtraction(Recipe):
    """Train the head on the features of the body, which is frozen, with the learning rate of `train.optimizer`.

    Donahue et al., "DeCAF: a deep convolutional activation feature for generic visual recognition", ICML 2014.

    Args:
        epochs: the largest number of epochs, at least 1; default null: `train.epochs`.
        head: the items that are trained; default null: those that `train.start_from` excludes by `except`, or the last
            layer with weights.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> context = RecipeContext(head=["head"], samples=100, classes=2, optimizer=read_text("Adam", "a.yaml"))
        >>> FeatureExtraction(epochs=5).stages(context)
        [{'only': ['head']}]
    """

    @check_arguments
    def __init__(self, epochs: Annotated[int, Interval(ge=1)] | None = None, head: Sequence[str] | None = None) -> None:
        super().__init__(epochs, head)

    def stages(self, context: RecipeContext) -> Sequence[Mapping[str, Any]]:
        """Return one stage."""
        return [{"only": [*context.head]}]
