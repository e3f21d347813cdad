"""The section `train.checkpoint`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section


class CheckpointRule(Section):
    """`train.checkpoint:` how often the state is written from which `--resume` goes on, besides each epoch's end.

    Args:
        every_steps: every so many steps of the whole training, at least 1; default null, never.
        every_minutes: when so many minutes have passed since the last one, above 0; default null, never.
    """

    every_steps: AtLeastOne | None = None
    every_minutes: Annotated[float, Field(gt=0)] | None = None
