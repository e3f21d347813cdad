"""The calls of a network as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from kpipe.checks.static.call import Call


class Network:
    """All calls of a model in execution order, with nested models written out.

    Args:
        calls: each call reads only earlier ones.
        outputs: the positions of the calls that return the outputs, by target name.

    Example:
        >>> first, second = Call(name="x", class_name="Input"), Call(name="d", class_name="Dense", inputs=(0,))
        >>> Network([first, second], {"y": 1}).readers(0)
        (1,)
    """

    def __init__(self, calls: Sequence[Call], outputs: dict[str, int]) -> None:
        self.calls = tuple(calls)
        self.outputs = outputs

    @cached_property
    def _readers(self) -> list[tuple[int, ...]]:
        found: list[list[int]] = [[] for _ in self.calls]
        for position, call in enumerate(self.calls):
            for source in dict.fromkeys(call.inputs):
                found[source].append(position)
        return [tuple(entry) for entry in found]

    def readers(self, position: int) -> tuple[int, ...]:
        """Return the positions of the calls that read the output of a call."""
        return self._readers[position]

    def where(self, condition: Callable[[Call], object]) -> Iterator[int]:
        """Yield the positions of the calls for which a condition is true."""
        return (position for position, call in enumerate(self.calls) if condition(call))

    def leads_to(self, start: int, target: Callable[[Call], object], through: Callable[[Call], object]) -> bool:
        """Return whether the output of a call reaches another one.

        Args:
            start: the position of the call.
            target: whether a call is the one that is looked for.
            through: whether the output of a call still carries what is followed.
        """
        pending, seen = [start], {start}
        while pending:
            for reader in self.readers(pending.pop()):
                call = self.calls[reader]
                if target(call):
                    return True
                if reader not in seen and through(call):
                    seen.add(reader)
                    pending.append(reader)
        return False

    def before(self, start: int, through: Callable[[Call], object]) -> Iterator[int]:
        """Yield the positions of the nearest calls before a call for which `through` is false."""
        pending, seen = [*self.calls[start].inputs], set()
        while pending:
            position = pending.pop()
            if position in seen:
                continue
            seen.add(position)
            if through(self.calls[position]):
                pending += self.calls[position].inputs
            else:
                yield position
