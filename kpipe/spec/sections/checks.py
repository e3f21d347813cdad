"""The section `checks`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from kpipe.spec.sections.optional_section import OptionalSection


class Checks(OptionalSection):
    """`checks:` the findings about a training that its author accepts.

    Args:
        ignore: a list of codes of static checks and of verdicts that are not reported, default none.
    """

    changes_runs: ClassVar[bool] = False

    ignore: list[str] = Field(default_factory=list)
