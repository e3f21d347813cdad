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
        tta: a test-time augmentation, such as `Flip`: at the end of a run, the test part is also evaluated with the
            average of the answers to several views of each image; default null: none. Never used in validation.
    """

    transform: Annotated[Node | None, Slot("transform", "mapping", words=("auto",), default="auto")] = None
    tta: Annotated[Node | None, Slot("view")] = None
