"""The section `data.evaluate`."""

from __future__ import annotations

from typing import Annotated

from kpipe.spec.node import Node
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot


class Evaluate(Section):
    """`data.evaluate:` what validation, test and prediction do instead of `data.augment`.

    Args:
        transform: a list of `Resize`, `SmallestMaxSize`, `LongestMaxSize`, `CenterCrop` and `PadIfNeeded`, or a mapping
            from input name to such a list, or `auto` (default): those of a ready-made list in `data.augment`, or none.
    """

    transform: Annotated[Node | None, Slot("transform", "mapping", words=("auto",), default="auto")] = None
