"""The section `data`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kpipe.spec.node import Node
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.evaluate import Evaluate
from kpipe.spec.sections.ranges import AtLeastOne, Fraction, NonNegative
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot


class Data(Section):
    """`data:` the source of the samples, how they are split, and how they are prepared for the first layer.

    Args:
        source: a source, such as `Digits` or `ImageFolder`.
        validation: fraction of the training part, in [0, 1), default 0.1; unused if the source has such a part.
        test: fraction of all samples, in [0, 1), default 0; unused if the source has such a part.
        batch_size: samples per batch, at least 1, default 32.
        last_batch: the last batch of a training epoch if `batch_size` does not divide its samples. `keep` (default): it
            is smaller; `spread`: the sizes of all batches differ by at most one and never exceed `batch_size`; `drop`:
            the remaining samples are skipped, different ones in each epoch.
        prepare: a list of preparations in order of application, or a mapping from input name to such a list.
        augment: a list of transforms of training images in order of application, or a mapping from input name to such a
            list; default none.
        mix: a list of mixes, one of which combines the samples of each training batch; default none.
        evaluate: what validation, test and prediction do instead.
        max_bad: largest fraction of unreadable samples, in [0, 1], default 0.01.
        memory: most GiB of decoded samples that are kept in memory rather than read in each epoch, at least 0,
            default 1.
        workers: number of processes that make batches, at least 0, or `auto` (default): processes where images are
            augmented. The batches do not depend on it.
        cache: where decoded samples are kept: `memory`, `disk` (image files), `none`, or `auto` (default): in memory if
            they fit, else on disk if image files are decoded and there is space.
        max_pixels: most pixels (height times width) of an image, at least 1, default 100000000; a larger image counts
            as unreadable for `max_bad` and is listed in `bad_samples.csv`.
    """

    source: Annotated[Node, Slot("source", default=...)]
    validation: Fraction = 0.1
    test: Fraction = 0.0
    batch_size: AtLeastOne = 32
    last_batch: Literal["keep", "spread", "drop"] = "keep"
    prepare: Annotated[Node | None, Slot("preparation", "mapping", default=[])] = None
    augment: Annotated[Node | None, Slot("transform", "mapping", default=[])] = None
    mix: Annotated[Node | None, Slot("mix", "list", default=[])] = None
    evaluate: Evaluate = Field(default_factory=Evaluate)
    max_bad: Annotated[float, Field(ge=0, le=1)] = 0.01
    memory: Annotated[NonNegative, Changeable()] = 1.0
    workers: Annotated[Literal["auto"] | Annotated[int, Field(ge=0)], Changeable()] = "auto"
    cache: Annotated[Literal["auto", "memory", "disk", "none"], Changeable()] = "auto"
    max_pixels: AtLeastOne = 100_000_000
