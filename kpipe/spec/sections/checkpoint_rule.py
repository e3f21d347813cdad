"""The section `train.checkpoint`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section


class CheckpointRule(Section):
    """`train.checkpoint:` how often the state for `--resume` is saved, in addition to the end of each epoch.

    Args:
        every_steps: steps between checkpoints, at least 1; default null: none within an epoch.
        every_minutes: minutes between checkpoints, above 0; default null: none within an epoch.
    """

    every_steps: AtLeastOne | None = None
    every_minutes: Annotated[float, Field(gt=0)] | None = None
