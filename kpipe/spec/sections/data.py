"""The section `data`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from kpipe.spec.node import Node
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.evaluate import Evaluate
from kpipe.spec.sections.ranges import AtLeastOne, Fraction, NonNegative
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot

#: Most data processes: more than the cores of most machines.
MOST_PROCESSES = 256


class Data(Section):
    """`data:` the source of the samples, how they are split, and how they are prepared for the first layer.

    Args:
        source: a source, such as `Digits` or `ImageFolder`.
        validation: fraction of the training part, in [0, 1), default 0.1, or 0 with `folds`; unused if the source has
            such a part.
        test: fraction of all samples, in [0, 1), default 0; unused if the source has such a part.
        group: a column of a table, or a member of an `.npz` file, such as a patient: samples with the same value stay
            in one part and one fold, and it is not an input; default null: none.
        sample_weights: a column of a table, or a member of an `.npz` file, with the weight of each sample in the loss
            of training and evaluation, at least 0; it is not an input; default null: all weigh the same.
        folds: the number of folds of a cross-validation, at least 2: a run for each fold of the training part, which
            is its validation part; default null: no cross-validation.
        fold: trains only this one of the `folds`, from 1; default null: all of them.
        batch_size: samples per batch, at least 1, default 32.
        last_batch: the last batch of a training epoch if `batch_size` does not divide its samples. `keep` (default): it
            is smaller; `spread`: the sizes of all batches differ by at most one and never exceed `batch_size`; `drop`:
            the remaining samples are skipped, different ones in each epoch.
        prepare: a list of preparations in order of application, or a mapping from input name to such a list.
        prepare_targets: a list of preparations of the target, or a mapping from target name to such a list: the loss
            sees prepared numbers, and the saved model predicts in the target's own units; default none.
        augment: a list of transforms of training images in order of application, or a mapping from input name to such a
            list; default none.
        mix: a list of mixes, one of which combines the samples of each training batch; default none.
        evaluate: what validation, test and prediction do instead.
        max_bad: largest fraction of unreadable samples, in [0, 1], default 0.01.
        memory: most GiB of decoded samples, and of features of frozen layers, that are kept in memory rather than read
            or computed in each epoch, at least 0, default 1.
        workers: number of processes that make batches, in [0, 256], or `auto` (default): processes where images are
            augmented. The batches do not depend on it.
        cache: where decoded samples are kept: `memory`, `disk` (image files), `none`, or `auto` (default): in memory if
            they fit, else on disk if image files are decoded and there is space. With `none`, features of frozen layers
            are not kept either.
        max_pixels: most pixels (height times width) of an image, at least 1, default 100000000; a larger image counts
            as unreadable for `max_bad` and is listed in `bad_samples.csv`.
        checks: what happens to findings of the checks of the samples, such as samples in several parts: `warn`
            (default) reports them; with `strict`, warnings are errors before the training; `off`: nothing is checked.
    """

    source: Annotated[Node, Slot("source", default=...)]
    validation: Fraction = 0.1
    test: Fraction = 0.0
    group: str | None = None
    sample_weights: str | None = None
    folds: Annotated[int, Field(ge=2)] | None = None
    fold: AtLeastOne | None = None
    batch_size: AtLeastOne = 32
    last_batch: Literal["keep", "spread", "drop"] = "keep"
    prepare: Annotated[Node | None, Slot("preparation", "mapping", default=[])] = None
    prepare_targets: Annotated[Node | None, Slot("preparation", "mapping", default=[])] = None
    augment: Annotated[Node | None, Slot("transform", "mapping", default=[])] = None
    mix: Annotated[Node | None, Slot("mix", "list", default=[])] = None
    evaluate: Evaluate = Field(default_factory=Evaluate)
    max_bad: Annotated[float, Field(ge=0, le=1)] = 0.01
    memory: Annotated[NonNegative, Changeable()] = 1.0
    workers: Annotated[Literal["auto"] | Annotated[int, Field(ge=0)], Changeable()] = "auto"
    cache: Annotated[Literal["auto", "memory", "disk", "none"], Changeable()] = "auto"
    max_pixels: AtLeastOne = 100_000_000
    checks: Annotated[Literal["warn", "strict", "off"], Changeable()] = "warn"

    @classmethod
    def dependent_defaults(cls, given: Collection[str]) -> Mapping[str, Any]:
        """Return 0 for `validation` if there are folds."""
        return {"validation": 0.0} if "folds" in given else {}

    @property
    def num_runs(self) -> int:
        """The number of folds, each of which is trained by a run of its own; 1 without folds and for a single fold."""
        return self.folds if self.folds is not None and self.fold is None else 1

    @property
    def is_cross_validation(self) -> bool:
        """Whether there is a run for each of several folds."""
        return self.num_runs > 1

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield the keys that exclude each other, and more processes than a machine can use."""
        if self.workers != "auto" and self.workers > MOST_PROCESSES:
            yield (
                "workers",
                f"out of range; expected auto or at most {MOST_PROCESSES}, got {self.workers}; each is a process with "
                "memory of its own, and more workers than cores make no batch earlier; write auto",
            )
        if self.folds is not None and self.validation > 0:
            yield "validation", "cannot be combined with folds, which are the validation parts; remove one of them"
        if self.fold is not None and self.folds is None:
            yield "fold", "requires the number of folds; write `folds` too, or remove it"
        elif self.fold is not None and self.folds is not None and self.fold > self.folds:
            yield "fold", f"expected at most {self.folds}, the number of folds, got {self.fold}"
