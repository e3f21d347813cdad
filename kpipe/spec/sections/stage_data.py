"""The section `data` of an entry of `train.stages`."""

from __future__ import annotations

from typing import Annotated

from kpipe.spec.node import Node
from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot


class StageData(Section):
    """`data:` of an entry of `train.stages`: what the stage changes of the section `data`.

    Args:
        batch_size: samples per batch, at least 1; default that of `data`.
        augment: transforms of the training images, as in `data.augment`, an empty list for none; default those of
            `data`. The validation and test parts stay as `data` describes them.
    """

    batch_size: AtLeastOne | None = None
    augment: Annotated[Node | None, Slot("transform", "mapping")] = None
