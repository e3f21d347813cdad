"""The samples that are checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.checks.feature_hashes import mixed
from kpipe.data.dataset import Dataset, Indices
from kpipe.data.reader import Reader
from kpipe.messages.escaped import escaped

#: Most bytes of samples, except for rows of tables, and most samples that are compared.
MOST_BYTES, MOST_SAMPLES = 2**30, 2**20

#: Height and width below which perceptual hashes of different images are alike.
LEAST_SIDE = 32

#: Samples that a message lists.
_SHOWN = 3

_SEED = 0
_NAMES = {"train": "training"}


@dataclass(frozen=True)
class CheckedSamples:
    """The samples of a dataset that are checked: all of them, or of large datasets a reproducible sample.

    Of image files, the sample contains all files of some sizes, so that it has both copies of a file or neither. Other
    samples are chosen at random with a fixed seed. The choice does not depend on how the dataset is split.

    Args:
        dataset: the opened source.
        parts: ascending indices keyed by part name.
        store: the samples as the training reads them; where it keeps them, nothing is decoded again.
        most_bytes: number of bytes of samples above which only some are checked, except for tables; default 1 GiB.
        most_samples: number of samples above which only some are checked; default 2^20.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(4), "test": np.eye(4)[:2]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> samples.indices.tolist(), samples.part("test").tolist()
        ([0, 1, 2, 3, 4, 5], [4, 5])
    """

    dataset: Dataset
    parts: Mapping[str, Indices]
    store: SampleStore
    most_bytes: int = MOST_BYTES
    most_samples: int = MOST_SAMPLES

    @classmethod
    def of_dataset(cls, dataset: Dataset, parts: Mapping[str, Indices] | None = None) -> CheckedSamples:
        """Return the samples of a dataset that nothing prepares, and that are read for the checks alone.

        Args:
            dataset: the opened source.
            parts: indices keyed by part name; by default the parts that the source defines.

        Raises:
            DataError: the images differ in size.
        """
        parts = dataset.parts if parts is None else parts
        return cls(dataset, parts, SampleStore(Reader(dataset, {}, {}), parts, cache="none"))

    @cached_property
    def used(self) -> Indices:
        """The ascending indices of all samples of the parts."""
        return np.unique(np.concatenate(list(self.parts.values())))

    @cached_property
    def indices(self) -> Indices:
        """The ascending indices of the checked samples."""
        fitting = max(int(self.most_bytes / max(self.store.sample_bytes, 1)), 1)
        most = self.most_samples if self.are_rows else min(fitting, self.most_samples)
        if len(self.used) <= most:
            return self.used
        sizes, draws = self._file_sizes(), np.random.default_rng(_SEED).random(len(self.used))
        order = np.lexsort((draws, mixed(sizes.astype(np.uint64)) if sizes is not None else draws))
        return np.sort(self.used[order[:most]])

    @property
    def are_rows(self) -> bool:
        """Whether all inputs are tables."""
        return all(entry.kind == "table" for entry in self.dataset.inputs.values())

    @property
    def image_input(self) -> str | None:
        """The name of the only input if its samples are images; None otherwise."""
        names = [name for name, entry in self.dataset.inputs.items() if entry.kind == "image"]
        return names[0] if len(names) == len(self.dataset.inputs) == 1 else None

    @property
    def values(self) -> dict[str, float]:
        """The number of values of a sample by input name; infinite if images differ in size."""
        forms = {} if self.store.reader is None else self.store.reader.forms
        shapes = {name: forms[name][0] if name in forms else entry.shape for name, entry in self.dataset.inputs.items()}
        return {name: math.prod(math.inf if side is None else side for side in shape) for name, shape in shapes.items()}

    @cached_property
    def are_comparable(self) -> bool:
        """Whether the samples are grey or color images that are large enough to be compared by perceptual hashes."""
        if self.image_input is None or self.store.reader is None:
            return False
        height, width, channels = self.store.reader.forms[self.image_input][0]
        return channels in (1, 3) and all(side is None or side >= LEAST_SIDE for side in (height, width))

    @cached_property
    def stamps(self) -> list[str] | None:
        """The path, size and modification time of the file of each sample; None unless images are the only input."""
        name = self.image_input
        stamps = None if name is None else self.dataset.image_stamps(name)
        return None if stamps is None else list(stamps)

    def _file_sizes(self) -> npt.NDArray[np.int64] | None:
        if self.stamps is None:
            return None
        return np.array([int(stamp.rsplit("\0", 2)[1]) for stamp in self.stamps], np.int64)[self.used]

    def read(self, name: str, indices: Indices) -> Any:
        """Return some samples of an input: rows of a table unprepared, others as the training reads them."""
        if self.dataset.inputs[name].kind == "table":
            return self.dataset.rows(name, indices)
        return self.store.read_input(name, indices)

    def chunks(self, indices: Indices) -> Iterator[Indices]:
        """Yield indices in chunks that are small enough to be read at once."""
        return self.store.chunks(indices)

    def part(self, name: str) -> npt.NDArray[np.int64]:
        """Return the positions of the checked samples of a part within `indices`."""
        return np.flatnonzero(np.isin(self.indices, self.parts[name], assume_unique=True))

    def name(self, position: int) -> str:
        """Return the name of a checked sample for a message, given its position within `indices`."""
        return escaped(self.dataset.sample_name(int(self.indices[position])))

    def listed(self, positions: Sequence[int], same: Mapping[int, int] | None = None, sign: str = " = ") -> str:
        """Return the names of the first few samples for a message, and the number of the others.

        Args:
            positions: the positions of the samples within `indices`.
            same: the position of the sample that each of them equals; None (default) if that is not listed.
            sign: between the names of equal samples.
        """
        names = [
            self.name(position) + (f"{sign}{self.name(same[position])}" if same is not None else "")
            for position in positions[:_SHOWN]
        ]
        more = f" and {len(positions) - _SHOWN:,} more" if len(positions) > _SHOWN else ""
        return ", ".join(names) + more

    def of_part(self, count: int, name: str) -> str:
        """Return a number of samples of a part, with its share, for a message.

        Args:
            count: number of the checked samples of the part.
            name: the name of the part.
        """
        total, checked = len(self.parts[name]), len(self.part(name))
        sampled = "" if checked == total else f" compared, of {total:,} in all"
        verb = "is" if count == 1 else "are"
        return f"{count:,} of {checked:,} samples{sampled} ({count / checked:.2%}) {verb}"


def part_name(name: str) -> str:
    """Return the name of a part for a message.

    Example:
        >>> part_name("train"), part_name("test")
        ('training', 'test')
    """
    return _NAMES.get(name, name)
