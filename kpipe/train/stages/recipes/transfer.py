"""Transfer: trains the head, then as much of the body as the data allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.messages.counted import counted
from kpipe.train.stages.recipes.fine_tune import trained_layers
from kpipe.train.stages.recipes.recipe import Recipe
from kpipe.train.stages.recipes.recipe_context import RecipeContext

#: The smallest numbers of training samples that are much, of each class and without classes.
_MUCH_OF_CLASS, _MUCH = 100, 1_000


class Transfer(Recipe):
    """Train the head, and then, at a tenth of the learning rate, as much of the body as the data allow.

    | data | little | much |
    |---|---|---|
    | similar to those of the source | the head | the head and the last layers of the body |
    | different | the head | all layers |

    Stanford's CS231n, 2017, lecture 7. The data are much from 100 training samples for each class on: for two classes
    of CIFAR-10 and a network of six convolutions trained on the other eight, training the last 30 % of the body in the
    second step instead of the head alone raised the test accuracy by 0.01 with 50 samples of each class, 0.04 with 200
    and 0.07 with 1,000. How similar the data are is not measured. Little and different data is the difficult case, in
    which features of earlier layers can be better: compare classifiers on several depths.

    Args:
        data: whether the data are `similar` (default) or `different` to those of the source.
        much: the smallest number of training samples that is much, at least 1; default null: 100 for each class, and
            1,000 for targets without classes.
        last: the share of the layers with weights of the body, those at the output, that much similar data train, above
            0 and at most 1, default 0.3.
        learning_rate_factor: the factor on the learning rate of `train.optimizer` in the second step, above 0 and at
            most 1, default 0.1.
        epochs: the largest number of epochs of each step, at least 1, or a list of two; default null: `train.epochs`
            for each.
        head: the items that are trained in both steps; default null: those that `train.start_from` excludes by
            `except`, or the last layer with weights.

    Raises:
        ArgumentError: an argument is out of range, or the optimizer has no learning rate.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> context = RecipeContext(head=["head"], samples=100, classes=2, optimizer=read_text("Adam", "a.yaml"))
        >>> Transfer().reason(context)
        'similar (`data`) and little data: 100 training samples, below 200 (100 for each of 2 classes)'
        >>> Transfer(data="different", much=50).stages(context)[1]["freeze"]
        []
    """

    count: ClassVar[int] = 2

    @check_arguments
    def __init__(
        self,
        data: Literal["similar", "different"] = "similar",
        much: Annotated[int, Interval(ge=1)] | None = None,
        last: Annotated[float, Interval(gt=0, le=1)] = 0.3,
        learning_rate_factor: Annotated[float, Interval(gt=0, le=1)] = 0.1,
        epochs: Annotated[int, Interval(ge=1)] | Sequence[int] | None = None,
        head: Sequence[str] | None = None,
    ) -> None:
        super().__init__(epochs, head)
        self.data, self.much, self.last, self.learning_rate_factor = data, much, last, learning_rate_factor

    def stages(self, context: RecipeContext) -> Sequence[Mapping[str, Any]]:
        """Return two stages."""
        share = 0.0
        if context.samples >= self._limit(context):
            share = self.last if self.data == "similar" else 1.0
        return [
            trained_layers(context.head, 0),
            {**trained_layers(context.head, share), **context.slower(self.learning_rate_factor)},
        ]

    def reason(self, context: RecipeContext) -> str:
        """Return the case, and the numbers that decide about it."""
        limit = self._limit(context)
        is_much = context.samples >= limit
        why = "`much`" if self.much is not None else "no classes"
        if self.much is None and context.classes is not None:
            why = f"{_MUCH_OF_CLASS} for each of {counted(context.classes, 'class', 'classes')}"
        amount, comparison = ("much", "at least") if is_much else ("little", "below")
        samples = counted(context.samples, "training sample")
        found = f"{self.data} (`data`) and {amount} data: {samples}, {comparison} {limit:,} ({why})"
        if self.data == "different" and not is_much:
            found += "; this is the difficult case: compare classifiers on earlier layers"
        return found

    def _limit(self, context: RecipeContext) -> int:
        """Return the smallest number of training samples that is much."""
        if self.much is not None:
            return self.much
        return _MUCH if context.classes is None else _MUCH_OF_CLASS * context.classes
