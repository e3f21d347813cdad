"""The section `data`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kpipe.spec.node import Node
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.ranges import AtLeastOne, Fraction, NonNegative
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot


class Data(Section):
    """`data:` where samples come from, how they are split, and what is done to them before the first layer.

    Args:
        source: one source component.
        validation: share of the training part, in [0, 1), default 0.1; not used where the source has such a part.
        test: share of all samples, in [0, 1), default 0; not used where the source has such a part.
        batch_size: samples a step, at least 1, default 32.
        last_batch: what an epoch of the training does where `batch_size` does not divide its samples. `keep` (default):
            the last batch is smaller; `spread`: all batches are nearly as large, their sizes differ by at most one and
            never exceed `batch_size`; `drop`: the samples that remain are not in this epoch, others in the next.
        prepare: preparations in their order, or a mapping of such lists by the input's name.
        max_bad: share of unreadable samples above which nothing is trained, in [0, 1], default 0.01.
        memory: GiB of decoded samples that may be held in memory rather than read again each epoch, default 1.
        max_pixels: height times width above which an image is not decoded, at least 1, default 100000000; such an
            image is unreadable: `max_bad` counts it, and `bad_samples.csv` lists it.
    """

    source: Annotated[Node, Slot("source", default=...)]
    validation: Fraction = 0.1
    test: Fraction = 0.0
    batch_size: AtLeastOne = 32
    last_batch: Literal["keep", "spread", "drop"] = "keep"
    prepare: Annotated[Node | None, Slot("preparation", "mapping", default=[])] = None
    max_bad: Annotated[float, Field(ge=0, le=1)] = 0.01
    memory: Annotated[NonNegative, Changeable()] = 1.0
    max_pixels: AtLeastOne = 100_000_000
