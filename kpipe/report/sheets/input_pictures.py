"""The pictures of one input: originals, and what the network receives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpipe.data.dataset import Indices
from kpipe.data.prepare.resize import Resize
from kpipe.data.prepared import PreparedData
from kpipe.report.sheets.display_range import DisplayRange
from kpipe.report.sheets.is_picture import is_picture
from kpipe.report.sheets.number_text import number_text
from kpipe.report.sheets.picture import Picture
from kpipe.report.sheets.shares import shares
from kpipe.report.sheets.thumbnail import Thumbnail
from kpipe.report.sheets.training_samples import TrainingSamples
from kpipe.report.sheets.value_span import value_span


class InputPictures:
    """Pictures of one input of training samples: as it is in the dataset, and as the network receives it.

    Prepared samples that are not pictures, such as those of `PCA`, are shown as they are before the preparation.

    Args:
        name: the name of the input.
        prepared: the data with fitted preparations.
        samples: the samples.
        has_others: whether there are pictures of other inputs, so that those of this one have its name; default false.

    Attributes:
        name: the argument.
        shape: the shape of a sample that the network receives.
        received: RGB pixels of what the network receives, for each sample.
    """

    def __init__(self, name: str, prepared: PreparedData, samples: TrainingSamples, has_others: bool = False) -> None:
        self.name = name
        self._prefix = f"{name}, " if has_others else ""
        self._weights = None if samples.mixed is None else samples.mixed.weights
        self._originals = [_original(prepared, name, samples.indices)]
        if samples.mixed is not None:
            self._originals.append(_original(prepared, name, samples.mixed.partners))
        self._stages = prepared.stage_names(name)
        values = samples.prepared(prepared, name)
        self._is_prepared = is_picture(values.shape[1:])
        self._values = [Thumbnail.of(sample if self._is_prepared else sample.reshape(1, -1)) for sample in values]
        self._batch = self._values if self._is_prepared else [Thumbnail.of(entry) for entry in samples.batches[name]]
        self.shape = values.shape[1:]
        self._original_range = DisplayRange.of([entry for group in self._originals for entry in group])
        self._range = self._received_range(prepared)
        self.received = [self._range.pixels(entry.values) for entry in self._batch]

    def _received_range(self, prepared: PreparedData) -> DisplayRange:
        """Return the range of the values; if one factor scales all, that of the originals is included.

        So that pictures are as bright as the originals if they differ by a scale only.
        """
        found, scale, offset = DisplayRange.of(self._batch), 1.0, 0.0
        for stage in prepared.preparations[self.name] if self._is_prepared else ():
            if isinstance(stage, Resize):
                continue
            if not stage.is_affine:
                return found
            factor, term = (np.unique(values) for values in stage.affine())
            if len(factor) > 1 or len(term) > 1:
                return found
            scale, offset = scale * float(factor[0]), offset * float(factor[0]) + float(term[0])
        ends = [bound * scale + offset for bound in (self._original_range.low, self._original_range.high)]
        return DisplayRange(min(found.low, *ends), max(found.high, *ends))

    def pictures(self, place: int) -> list[Picture]:
        """Return the pictures of a sample: the original, that of its partner in a mix, and what the network receives.

        Args:
            place: its place among the samples.
        """
        notes = [""] if self._weights is None else [f", {share}" for share in shares(float(self._weights[place]))]
        originals = [
            Picture(
                self._original_range.pixels(entry[place].values),
                f"{self._prefix}original {_size(entry[place].shape[:2])}{note}",
            )
            for entry, note in zip(self._originals, notes, strict=True)
        ]
        span = value_span([self._values[place]])
        return [*originals, Picture(self.received[place], f"{self._prefix}network: {span}")]

    def notes(self) -> list[str]:
        """Return what the pictures show: types, ranges, and the values that are black and white."""
        originals = [entry for group in self._originals for entry in group]
        mixed = " (two for mixed samples, with their shares)" if self._weights is not None else ""
        return [
            f"{self.name}, original{mixed}: {originals[0].dtype}, {value_span(originals)}; "
            f"{_scale(self._original_range, originals[0].shape)}",
            f"{self.name}, as the network receives it{self._after()}: {_size(self.shape)}, {value_span(self._values)}; "
            f"{self._shown()}",
        ]

    def _after(self) -> str:
        return f" after {', '.join(self._stages)}" if self._stages else ""

    def _shown(self) -> str:
        shape = self._batch[0].shape
        if self._is_prepared:
            return _scale(self._range, shape)
        return f"the pictures show what {self._stages[0]} receives, {_scale(self._range, shape)}"


def _original(prepared: PreparedData, name: str, indices: Indices) -> list[Thumbnail]:
    # One at a time, since photos can be large.
    return [
        Thumbnail.of(np.asarray(prepared.dataset.read(indices[place : place + 1])[name][0]))
        for place in range(len(indices))
    ]


def _scale(range_: DisplayRange, shape: Sequence[int]) -> str:
    channels = shape[2] if len(shape) == 3 else 1
    few = "" if channels in (1, 3) else f", channel{'s 1 to 3' if channels > 3 else ' 1'} of {channels}"
    return f"{number_text(range_.low)} is black, {number_text(range_.high)} is white{few}"


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
