"""An entry of the section `tune.stages`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section


class TuneStage(Section):
    """One entry of `tune.stages:` a part of the sweep, which begins where the former one has ended.

    Args:
        trials: number of trials of the stage, at least 1; default that of the oracle.
        epochs: epochs of each trial, at least 1; default `train.epochs`.
        narrow: width of each range as a fraction of its width in the former stage, in (0, 1], around the best value of
            that stage; default null: the whole range.
        widen: whether a range whose best value is at its border continues beyond it; default false.
    """

    trials: AtLeastOne | None = None
    epochs: AtLeastOne | None = None
    narrow: Annotated[float, Field(gt=0, le=1)] | None = None
    widen: bool = False
