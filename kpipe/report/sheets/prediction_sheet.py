"""A sheet of predicted samples, the least certain first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Input
from kpipe.messages.counted import counted
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample
from kpipe.report.sheets.answer_lines import answer_lines
from kpipe.report.sheets.cell import Cell
from kpipe.report.sheets.certainty import certainty
from kpipe.report.sheets.class_legend import class_legend
from kpipe.report.sheets.display_range import DisplayRange
from kpipe.report.sheets.number_text import number_text
from kpipe.report.sheets.picture import Picture
from kpipe.report.sheets.picture_inputs import picture_inputs
from kpipe.report.sheets.row_text import row_text
from kpipe.report.sheets.sheet import Sheet
from kpipe.report.sheets.target_form import target_form
from kpipe.report.sheets.target_pictures import target_pictures
from kpipe.report.sheets.thumbnail import Thumbnail

Values = npt.NDArray[Any]

#: Most samples in a sheet.
MOST_SAMPLES = 64

#: What the order is by, for each task.
_MEASURES = {
    "classification": "the probability of the predicted class",
    "multilabel": "the probability of the least certain label",
    "sequence": "the mean probability of the predicted classes",
}


@dataclass(frozen=True)
class _Kept:
    """What is kept of a sample: small pictures, predictions that are pictures too, and captions."""

    name: str
    pictures: Mapping[str, Thumbnail]
    images: Mapping[str, Values]
    lines: Sequence[str]


class PredictionSheet:
    """Collects predicted samples, and keeps small pictures of the least certain ones only.

    The certainty is that of `certainty`; of several targets, the lowest. Without any, as for numbers to predict, the
    first samples are kept in their order.

    Args:
        inputs: the inputs of the model, keyed by name.
        targets: the targets.
        option: the argument that asks for the sheet, as its caller writes it.
        most: the largest number of samples in the sheet, at least 1, default 64.

    Raises:
        DataError: no input can be shown as a picture.

    Example:
        >>> inputs = {"x": Input("x", "array", (8, 8), "float32")}
        >>> target = PredictedTarget("y", "classification", ("no", "yes"), False, True)
        >>> sheet = PredictionSheet(inputs, [target], "--sheet out.png")
        >>> sheet.add(Sample("0", {"x": np.eye(8)}), {"y": np.array([0.1])})
        >>> sheet.add(Sample("1", {"x": np.eye(8)}), {"y": np.array([0.6])})
        >>> [cell.name for cell in sheet.sheet("runs/1").cells]
        ['1', '0']
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        targets: Sequence[PredictedTarget],
        option: str,
        most: int = MOST_SAMPLES,
    ) -> None:
        self._names = picture_inputs(inputs, option)
        self._tables = [entry for entry in inputs.values() if entry.kind == "table"]
        self._targets = list(targets)
        self._most = most
        #: A heap whose first entry is the most certain one, and the last of several.
        self._kept: list[tuple[float, int, _Kept]] = []
        self._count = 0
        self._failed = 0

    def add(self, sample: Sample, answer: Mapping[str, Values] | str) -> None:
        """Add a sample with its prediction.

        Args:
            sample: the sample.
            answer: the outputs of the model for it, keyed by target; or the reason why there are none.
        """
        if isinstance(answer, str):
            self._failed += 1
            return
        found = [certainty(target, answer[target.name]) for target in self._targets]
        key = (-min((value for value in found if value is not None), default=0.0), -self._count)
        self._count += 1
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, (*key, self._small(sample, answer)))
        elif key > self._kept[0][:2]:
            heapq.heapreplace(self._kept, (*key, self._small(sample, answer)))

    def sheet(self, name: str) -> Sheet | None:
        """Return the sheet; None if no sample was predicted.

        Args:
            name: the name of the run.
        """
        if not self._kept:
            return None
        kept = [entry for _, _, entry in sorted(self._kept, key=lambda entry: entry[:2], reverse=True)]
        shown = f"{len(kept):,} of {counted(self._count, 'predicted sample')}"
        is_ordered = any(target.task != "regression" for target in self._targets)
        title = f"{name}: {shown}, {'the least certain first' if is_ordered else 'in their order'}"
        pictures = self._pictures(kept)
        cells = [
            Cell([group[place] for group in pictures], *_captions(entry.lines), entry.name)
            for place, entry in enumerate(kept)
        ]
        return Sheet(title, cells, list(self._notes(kept)), self._legend(kept))

    def _small(self, sample: Sample, answer: Mapping[str, Values]) -> _Kept:
        images: dict[str, Values] = {}
        lines = []
        for target in self._targets:
            numbers = answer[target.name]
            form = _form(target, numbers)
            if form == "text":
                prefix = f"{target.name}: " if len(self._targets) > 1 else ""
                texts = answer_lines(target, numbers)
                lines += [f"{prefix}{', '.join(texts)}"] if prefix else texts
            elif form == "mask":
                images[target.name] = target.probabilities(numbers).argmax(axis=-1).astype(np.uint16)
                lines.append(f"{target.name}: mean probability {certainty(target, numbers):.3f}")
            else:
                images[target.name] = numbers
        lines += [row_text(entry.columns, sample.values[entry.name]) for entry in self._tables]
        pictures = {name: Thumbnail.of(np.asarray(sample.values[name])) for name in self._names}
        return _Kept(sample.name, pictures, images, lines)

    def _pictures(self, kept: Sequence[_Kept]) -> list[list[Picture]]:
        """Return the pictures of each input and of each prediction that is one, for each sample."""
        found = []
        for name in self._names:
            thumbnails = [entry.pictures[name] for entry in kept]
            pixels = [DisplayRange.of(thumbnails).pixels(entry.values) for entry in thumbnails]
            sizes = [" x ".join(map(str, entry.shape[:2])) for entry in thumbnails]
            found.append([Picture(entry, f"{name} {size}") for entry, size in zip(pixels, sizes, strict=True)])
        under = [picture.pixels for picture in found[0]]
        for target in self._targets:
            labels = [entry.images[target.name] for entry in kept if target.name in entry.images]
            if labels:
                found.append(target_pictures(target.task, labels, under, [target.name] * len(labels)))
        return found

    def _notes(self, kept: Sequence[_Kept]) -> Iterator[str]:
        measures = list(dict.fromkeys(_MEASURES[target.task] for target in self._targets if target.task in _MEASURES))
        if measures:
            several = ", the lowest of all targets" if len(self._targets) > 1 else ""
            yield f"certainty: {', or '.join(measures)}{several}"
        else:
            yield "predicted numbers have no certainty, so the order is that of the samples"
        for name in self._names:
            shown = DisplayRange.of([entry.pictures[name] for entry in kept])
            dtype = kept[0].pictures[name].dtype
            yield f"{name}: {dtype}; {number_text(shown.low)} is black, {number_text(shown.high)} is white"
        if self._failed:
            yield f"{counted(self._failed, 'sample')} could not be predicted"

    def _legend(self, kept: Sequence[_Kept]) -> list[tuple[tuple[int, int, int] | None, str]]:
        masks = [target for target in self._targets if target.task == "sequence" and target.name in kept[0].images]
        return [
            found
            for target in masks
            for found in class_legend(
                target.classes,
                [entry.images[target.name] for entry in kept],
                f"{target.name}: " if len(masks) > 1 else "",
            )
        ]


def _captions(lines: Sequence[str]) -> tuple[str, Sequence[str]]:
    return (lines[0], lines[1:]) if lines else ("", ())


def _form(target: PredictedTarget, numbers: Values) -> str:
    return target_form(target.task, numbers.shape[:-1] if target.task == "sequence" else numbers.shape)
