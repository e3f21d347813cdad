"""One value that a sweep chooses."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.space.choice import Choice, Label
from kpipe.space.range import Range
from kpipe.spec.node import Node


class _Real(float):
    """A number from a range of numbers: messages do not suggest to write 8.0 as the integer 8."""


@dataclass(frozen=True)
class Condition:
    """The condition under which a parameter exists: a choice has a certain option.

    Args:
        parameter: the name of the parameter of the choice.
        label: the label of the option.
    """

    parameter: str
    label: Label


@dataclass(frozen=True)
class Parameter:
    """One value that a sweep chooses.

    Args:
        name: its name in tables, pictures and the journal: the path in the spec; for a space inside an option also the
            path inside the option, such as `train.optimizer.SGD.learning_rate`.
        space: the range or the choice.
        node: the space in the spec, such as `{Log: [0.001, 1]}`.
        condition: when it exists; None for always.
    """

    name: str
    space: Range | Choice
    node: Node
    condition: Condition | None = None

    @property
    def edges(self) -> list[Node]:
        """The values of which a check suffices: both bounds of a range, or each option of a choice."""
        if isinstance(self.space, Choice):
            return [option.node for option in self.space.options]
        bounds = next(iter(self.node.entries.values())).items
        # A range of numbers is not accepted where only integers are, even if both bounds are integers.
        numbers = [_Real(n) if isinstance(n, float) else n for n in (self.space.low, self.space.high)]
        return [Node(number, bound.mark, path=bound.path) for number, bound in zip(numbers, bounds, strict=True)]
