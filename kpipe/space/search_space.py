"""All values that a sweep chooses, and the specs that they result in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.errors import Problem
from kpipe.space.choice import Choice
from kpipe.space.parameter import Parameter
from kpipe.space.range import Range
from kpipe.space.read_space import is_space, read_space
from kpipe.spec.node import Node, kind_of

Value = str | int | float | bool


@dataclass(frozen=True)
class SearchSpace:
    """The values that a sweep chooses, which `overrides` converts to values of the spec.

    Args:
        parameters: all parameters; those inside an option follow the choice.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> node = read_text("data.batch_size: {Choice: [32, 64]}", "a.yaml")
        >>> SearchSpace.read(node, lambda entry: entry, []).overrides({"data.batch_size": 64})
        {'data.batch_size': 64}
    """

    parameters: tuple[Parameter, ...]

    @classmethod
    def read(cls, node: Node, evaluate: Callable[[Node], Node], problems: list[Problem]) -> SearchSpace:
        """Return the space of the mapping `tune.space`.

        Args:
            node: a mapping from path to space.
            evaluate: evaluates the expressions in the bounds of ranges.
            problems: receives the problems; the parameters of such spaces are omitted.
        """
        if not node.is_mapping:
            message = f"expected a mapping from path to space, got {kind_of(node.value)}"
            problems.append(Problem(node.mark, node.path, message))
            return cls(())
        found = []
        for path, entry in node.entries.items():
            found += read_space(entry, path, evaluate, problems)
        return cls(tuple(found))

    def __getitem__(self, name: str) -> Parameter:
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    @property
    def paths(self) -> dict[str, Parameter]:
        """The parameters that are not inside another one, by their path in the spec."""
        return {parameter.name: parameter for parameter in self.parameters if parameter.condition is None}

    def active(self, values: Mapping[str, Value]) -> list[Parameter]:
        """Return the parameters that exist with these values: those whose choice has their option."""
        names: set[str] = set()
        for parameter in self.parameters:
            condition = parameter.condition
            if condition is None or (
                condition.parameter in names and values.get(condition.parameter) == condition.label
            ):
                names.add(parameter.name)
        return [parameter for parameter in self.parameters if parameter.name in names]

    def point(self, values: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
        """Return what identifies a point: the values of the active parameters."""
        return tuple((parameter.name, values[parameter.name]) for parameter in self.active(values))

    def overrides(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the values of a point as plain values of the spec by path, as for `kpipe.load`.

        Args:
            values: the value of each active parameter: a number, or the label of an option.

        Raises:
            KeyError: the value of an active parameter is missing, or an option does not exist.
        """
        return {path: self._plain(parameter, values) for path, parameter in self.paths.items()}

    @property
    def size(self) -> int | None:
        """The number of different points; None if a range has infinitely many values."""
        return self.count(Range.values)

    def count(self, values: Callable[[Range], Sequence[float] | None]) -> int | None:
        """Return the number of different points if each range has certain values.

        Args:
            values: returns the values of a range; None for infinitely many.

        Returns:
            The number; None if a range has infinitely many values.

        Example:
            >>> from kpipe.spec.yaml_text.yaml_reader import read_text
            >>> node = read_text("{width: {Int: [1, 9]}, rate: {Log: [0.01, 1]}}", "a.yaml")
            >>> space = SearchSpace.read(node, lambda entry: entry, [])
            >>> space.count(lambda entry: entry.grid(3)), space.size
            (9, None)
        """
        return _product(self._count(parameter, values) for parameter in self.paths.values())

    def _plain(self, parameter: Parameter, values: Mapping[str, Value]) -> Any:
        value = values[parameter.name]
        if isinstance(parameter.space, Range):
            return value
        return self._resolved(parameter.space.option(value).node, values)

    def _resolved(self, node: Node, values: Mapping[str, Value]) -> Any:
        if is_space(node):
            return self._plain(next(entry for entry in self.parameters if entry.node is node), values)
        if node.is_mapping:
            return {key: self._resolved(entry, values) for key, entry in node.entries.items()}
        return [self._resolved(item, values) for item in node.items] if node.is_list else node.value

    def _count(self, parameter: Parameter, values: Callable[[Range], Sequence[float] | None]) -> int | None:
        if isinstance(parameter.space, Range):
            found = values(parameter.space)
            return None if found is None else len(found)
        counts = [self._count_option(parameter, parameter.space, label, values) for label in parameter.space.labels]
        return None if None in counts else sum(counts)  # type: ignore[arg-type]

    def _count_option(
        self, parameter: Parameter, choice: Choice, label: Value, values: Callable[[Range], Sequence[float] | None]
    ) -> int | None:
        inner = [
            entry
            for entry in self.parameters
            if entry.condition is not None
            and (entry.condition.parameter, entry.condition.label) == (parameter.name, choice.option(label).label)
        ]
        return _product(self._count(entry, values) for entry in inner)


def _product(counts: Any) -> int | None:
    result = 1
    for count in counts:
        if count is None:
            return None
        result *= count
    return result
