"""A list of alternatives that a sweep chooses from."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.spec.node import Node

Label = str | int | float | bool


@dataclass(frozen=True)
class Option:
    """One alternative of a choice.

    Args:
        label: what stands for it in tables and in the journal of a sweep: the value itself, or the class of a
            component, with its position if the class is not unique.
        node: its value, which can contain ranges and choices.
    """

    label: Label
    node: Node


@dataclass(frozen=True)
class Choice:
    """A list of alternatives with equal probability: numbers, strings, booleans, components.

    Args:
        options: the alternatives, at least two, with different labels.

    Example:
        >>> from kpipe.errors import Mark
        >>> mark = Mark("a.yaml", 1, 1, 1, 2)
        >>> Choice((Option(64, Node(64, mark)), Option(128, Node(128, mark)))).labels
        (64, 128)
    """

    options: tuple[Option, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the options in their order."""
        return tuple(option.label for option in self.options)

    def option(self, label: Label) -> Option:
        """Return the option with a label.

        Raises:
            KeyError: no option has this label.
        """
        for option in self.options:
            if option.label == label and isinstance(option.label, bool) == isinstance(label, bool):
                return option
        raise KeyError(label)

    def __str__(self) -> str:
        return f"Choice: [{', '.join(map(str, self.labels))}]"
