"""What a recipe is written out for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.components import vocabulary
from kpipe.errors import ArgumentError
from kpipe.spec.node import Node, shown_value, split_component

_REMEDY = "write the stages, each with its optimizer, instead of the recipe"


@dataclass(frozen=True, kw_only=True)
class RecipeContext:
    """What a recipe is written out for: the head of the model, the training part and the optimizer.

    Args:
        head: the names of the items that are new; the other layers with weights are the body.
        samples: the number of training samples.
        classes: the number of classes of the target with the most; None if no target has classes.
        optimizer: `train.optimizer` with evaluated expressions.
    """

    head: Sequence[str]
    samples: int
    classes: int | None
    optimizer: Node

    @property
    def learning_rate(self) -> float:
        """The learning rate of `train.optimizer`, also if it is the default of the class.

        Raises:
            ArgumentError: the optimizer has no learning rate, or a schedule instead of a number.
        """
        name, arguments = self._optimizer()
        if "learning_rate" in arguments:
            value = arguments["learning_rate"]
        else:
            known = vocabulary().find("optimizer", name)
            argument = known.arguments.get("learning_rate") if known is not None else None
            if argument is None:
                raise ArgumentError("", f"the optimizer {name} has no argument learning_rate; {_REMEDY}")
            value = argument.default
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = f"the learning rate of the optimizer is not a number, but {shown_value(value)}"
            raise ArgumentError(
                "", f"{message}; write a number, and the schedule under train.callbacks; otherwise, {_REMEDY}"
            )
        return float(value)

    def slower(self, factor: float) -> dict[str, Any]:
        """Return what a stage changes to have a lower learning rate: nothing, or its optimizer.

        Args:
            factor: the factor on the learning rate of `train.optimizer`.

        Raises:
            ArgumentError: the optimizer has no learning rate, or a schedule instead of a number.

        Example:
            >>> from kpipe.spec.yaml_text.yaml_reader import read_text
            >>> optimizer = read_text("SGD: {learning_rate: 0.3, momentum: 0.9}", "a.yaml")
            >>> RecipeContext(head=["head"], samples=100, classes=2, optimizer=optimizer).slower(0.1)
            {'optimizer': {'SGD': {'learning_rate': 0.03, 'momentum': 0.9}}}
        """
        if factor == 1:
            return {}
        name, arguments = self._optimizer()
        # 0.1 * 0.3 is 0.03, not 0.03 with a rounding error, which `kpipe show` would print.
        learning_rate = float(f"{factor * self.learning_rate:.12g}")
        return {"optimizer": {name: {**arguments, "learning_rate": learning_rate}}}

    def _optimizer(self) -> tuple[str, Mapping[str, Any]]:
        name, arguments = split_component(self.optimizer) or ("", None)
        return name, (arguments.plain() or {}) if arguments is not None else {}
