"""FineTune: trains the head and a part of the body at a low learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.train.stages.recipes.recipe import Recipe
from kpipe.train.stages.recipes.recipe_context import RecipeContext


class FineTune(Recipe):
    """Train the head and the last layers of the body, with a learning rate below that of `train.optimizer`.

    Loaded layers need small steps, which change them little; about a tenth of the learning rate with which they were
    trained is usual (Stanford's CS231n, 2017, lecture 7). A head with initial weights has large gradients at first,
    which spoil them; train it first, as by `FeatureExtraction`.

    Args:
        last: the share of the layers with weights of the body, those at the output, that are trained, above 0 and at
            most 1; default 1: all layers.
        learning_rate_factor: the factor on the learning rate of `train.optimizer`, above 0 and at most 1, default 0.1.
        epochs: the largest number of epochs, at least 1; default null: `train.epochs`.
        head: the items that are trained in any case; default null: those that `train.start_from` excludes by `except`,
            or the last layer with weights.

    Raises:
        ArgumentError: an argument is out of range, or the optimizer has no learning rate.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> context = RecipeContext(head=["head"], samples=100, classes=2, optimizer=read_text("Adam", "a.yaml"))
        >>> (stage,) = FineTune(last=0.3).stages(context)
        >>> stage["only"], stage["optimizer"]
        (['head', {'Last': {'share': 0.3, 'except': ['head']}}], {'Adam': {'learning_rate': 0.0001}})
    """

    @check_arguments
    def __init__(
        self,
        last: Annotated[float, Interval(gt=0, le=1)] = 1.0,
        learning_rate_factor: Annotated[float, Interval(gt=0, le=1)] = 0.1,
        epochs: Annotated[int, Interval(ge=1)] | None = None,
        head: Sequence[str] | None = None,
    ) -> None:
        super().__init__(epochs, head)
        self.last, self.learning_rate_factor = last, learning_rate_factor

    def stages(self, context: RecipeContext) -> Sequence[Mapping[str, Any]]:
        """Return one stage."""
        return [{**trained_layers(context.head, self.last), **context.slower(self.learning_rate_factor)}]


def trained_layers(head: Sequence[str], share: float) -> dict[str, Any]:
    """Return what a stage writes to train the head and a share of the layers with weights of the body.

    Args:
        head: the items of the head.
        share: the share, from 0 to 1.

    Example:
        >>> trained_layers(["head"], 0), trained_layers(["head"], 1)
        ({'only': ['head']}, {'freeze': []})
    """
    if share == 1:
        return {"freeze": []}
    return {"only": [*head, *([{"Last": {"share": share, "except": [*head]}}] if share else [])]}
