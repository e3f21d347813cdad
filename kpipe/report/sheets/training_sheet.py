"""A sheet of training samples as the network receives them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpipe.data.dataset import Target
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData
from kpipe.report.sheets.cell import Cell
from kpipe.report.sheets.class_legend import class_legend
from kpipe.report.sheets.input_pictures import InputPictures
from kpipe.report.sheets.label_text import label_text
from kpipe.report.sheets.mixed_label_text import mixed_label_text
from kpipe.report.sheets.picture import Picture
from kpipe.report.sheets.picture_inputs import picture_inputs
from kpipe.report.sheets.row_text import row_text
from kpipe.report.sheets.shares import shares
from kpipe.report.sheets.sheet import Sheet
from kpipe.report.sheets.target_form import target_form
from kpipe.report.sheets.target_pictures import target_pictures
from kpipe.report.sheets.training_samples import TrainingSamples


def training_sheet(name: str, prepared: PreparedData, mixing: Mixing | None, option: str, count: int = 16) -> Sheet:
    """Return a sheet of the first samples of the first epoch: originals, what the network receives, and labels.

    What the network receives is augmented, mixed and prepared. Its values are shown from black to white between the
    smallest and the largest of all samples; the actual ones are under each picture.

    Args:
        name: the name of the spec.
        prepared: the data with fitted preparations.
        mixing: mixes the batches; None for none.
        option: the argument that asks for the sheet, as its caller writes it.
        count: the largest number of samples, at least 1, default 16.

    Raises:
        DataError: no input can be shown as a picture, or a sample cannot be read, augmented or mixed.
    """
    names = picture_inputs(prepared.dataset.inputs, option)
    samples = TrainingSamples.first(prepared, mixing, count)
    inputs = [InputPictures(entry, prepared, samples, len(names) > 1) for entry in names]
    targets = list(prepared.dataset.targets.values())
    images = [found for target in targets if (found := _target_pictures(samples, target, inputs))]
    cells = []
    for place, index in enumerate(samples.indices.tolist()):
        pictures = [picture for entry in inputs for picture in entry.pictures(place)]
        heading, *lines = [*_label_lines(samples, targets, place), *_row_lines(prepared, index)] or [""]
        pictures += [found[place] for found in images]
        partner = _partner(samples, place)
        names = ["" if entry is None else prepared.dataset.sample_name(entry) for entry in (index, partner)]
        cells.append(Cell(pictures, heading, lines, *names))
    total = len(prepared.parts["train"])
    title = f"{name}: {len(cells):,} of {total:,} training samples, in the order of the first epoch"
    return Sheet(title, cells, _notes(prepared, inputs), _legend(samples, targets))


def _partner(samples: TrainingSamples, place: int) -> int | None:
    """Return the index of the sample that another one is mixed with; None without mixes or if it is the same."""
    if samples.mixed is None:
        return None
    partner = int(samples.mixed.partners[place])
    return None if partner == samples.indices[place] else partner


def _target_pictures(samples: TrainingSamples, target: Target, inputs: list[InputPictures]) -> list[Picture]:
    labels = samples.labels[target.name]
    under = next((entry for entry in inputs if entry.shape[:2] == target.shape[:2]), inputs[0])
    notes = [target.name] * len(labels)
    if samples.mixed is not None:
        # The picture of a single label.
        notes = [f"{target.name}, {shares(float(weight))[0]}" for weight in samples.mixed.weights]
    return target_pictures(target.task, list(labels), under.received, notes)


def _label_lines(samples: TrainingSamples, targets: list[Target], place: int) -> Iterator[str]:
    for target in targets:
        if target_form(target.task, target.shape) != "text":
            continue
        text = label_text(target, samples.labels[target.name][place])
        if samples.mixed is not None:
            other = label_text(target, samples.mixed.labels[target.name][place])
            text = mixed_label_text(text, other, float(samples.mixed.weights[place]))
        yield f"{target.name}: {text}" if len(targets) > 1 else text


def _row_lines(prepared: PreparedData, index: int) -> Iterator[str]:
    for name, entry in prepared.dataset.inputs.items():
        if entry.kind == "table":
            row = prepared.dataset.rows(name, np.array([index]))
            cells = {"numeric": iter(row["numeric"][0]), "categorical": iter(row["categorical"][0])}
            yield row_text(entry.columns, {column.name: next(cells[column.kind]) for column in entry.columns})


def _notes(prepared: PreparedData, inputs: list[InputPictures]) -> list[str]:
    notes = [note for entry in inputs for note in entry.notes()]
    hidden = [
        name
        for name, entry in prepared.dataset.inputs.items()
        if entry.kind != "table" and name not in {shown.name for shown in inputs}
    ]
    if hidden:
        notes.append(f"not shown: {', '.join(hidden)}")
    return notes


def _legend(samples: TrainingSamples, targets: list[Target]) -> list[tuple[tuple[int, int, int] | None, str]]:
    masks = [target for target in targets if target_form(target.task, target.shape) == "mask"]
    return [
        entry
        for target in masks
        for entry in class_legend(
            target.classes or (), list(samples.labels[target.name]), f"{target.name}: " if len(masks) > 1 else ""
        )
    ]
