"""An entry of the section `train.targets`."""

from __future__ import annotations

from typing import Annotated

from kpipe.spec.node import Node
from kpipe.spec.sections.ranges import NonNegative
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot


class TargetOptions(Section):
    """One entry of `train.targets:`, whose key is the name of the model item that predicts the target.

    Args:
        loss: a loss, or `auto` (default).
        weight: weight of this loss in the total loss, at least 0, default 1.
        metrics: metrics, or `auto` (default).
    """

    loss: Annotated[Node | None, Slot("loss", words=("auto",), default="auto")] = None
    weight: NonNegative = 1.0
    metrics: Annotated[Node | None, Slot("metric", "list", words=("auto", "accuracy"), default="auto")] = None
