"""One stage of a training."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.checks.checked_spec import CheckedSpec


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of a training; a training without stages is a single one.

    Args:
        number: its number, from 1.
        count: the number of stages.
        spec: the spec of a training that does what the stage does, without `train.stages`.
        path: the path of its entry in the spec, which can be that of a recipe; default that of the section.
        is_written: whether the entry is a mapping with the keys of the stage, rather than an expression or a recipe;
            default False.
    """

    number: int
    count: int
    spec: CheckedSpec
    path: str = "train"
    is_written: bool = False

    @property
    def index(self) -> int:
        """The number of stages before it."""
        return self.number - 1

    @property
    def is_last(self) -> bool:
        """Whether the training ends with it."""
        return self.number == self.count

    @property
    def title(self) -> str:
        """Its name in messages.

        Example:
            >>> from kpipe.checks.checked_spec import checked
            >>> Stage(number=1, count=2, spec=checked("kpipe:digits")).title
            'stage 1 of 2'
        """
        return f"stage {self.number} of {self.count}"
