"""A recipe that was written out as stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.messages.escaped import escaped
from kpipe.nearest import listed


@dataclass(frozen=True, kw_only=True)
class AppliedRecipe:
    """A recipe that was written out.

    Args:
        name: the name of its class.
        numbers: the numbers of its stages, from 1.
        head: the items of the head.
        reason: why its stages are these; None if that does not depend on the data.
        written: the stages, as in `train.stages`.
    """

    name: str
    numbers: Sequence[int]
    head: Sequence[str]
    reason: str | None
    written: Sequence[Mapping[str, Any]] = ()

    @property
    def line(self) -> str:
        """A message about it.

        Example:
            >>> AppliedRecipe(name="FineTune", numbers=[2], head=["head"], reason="why").line
            'stage 2: FineTune, head: head; why'
        """
        first, last = self.numbers[0], self.numbers[-1]
        numbers = f"stage {first}" if first == last else f"stages {first} {'and' if first + 1 == last else 'to'} {last}"
        head = listed([*map(escaped, self.head)], "")
        return f"{numbers}: {escaped(self.name)}, head: {head}{f'; {self.reason}' if self.reason is not None else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as in `result.json`."""
        return {
            "recipe": self.name,
            "stages": [*self.numbers],
            "head": [*self.head],
            "reason": self.reason,
            "written": [*self.written],
        }
