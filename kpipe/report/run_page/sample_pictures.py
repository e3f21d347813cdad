"""The pictures of the samples that a run predicts worst."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Target
from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError
from kpipe.messages.formula_guard import without_apostrophe
from kpipe.report.run_page.suspect_section import MOST_PICTURES
from kpipe.report.sheets.display_range import DisplayRange
from kpipe.report.sheets.is_picture import is_picture
from kpipe.report.sheets.target_form import target_form
from kpipe.report.sheets.target_pictures import target_pictures
from kpipe.report.sheets.thumbnail import Thumbnail
from kpipe.run_files import RunFile
from kpipe.train.evaluated_data import EvaluatedData
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.run_folder.run_folder import RunFolder

Pixels = npt.NDArray[np.uint8]

#: The side up to which pictures are stored without loss, the largest side, and the quality of larger ones.
_SMALL, _LARGEST, _QUALITY = 64, 192, 88


def write_sample_pictures(folder: RunFolder, data: EvaluatedData, say: Callable[[str], None]) -> None:
    """Write small pictures of the worst samples and of suspects into the folder `pictures`; earlier ones are removed.

    A sample of `worst.csv` has a picture for each input that can be shown, called `sample-INDEX-input-NUMBER`, and for
    each target that is a mask or an image those of its label and its prediction. The first 20 rows of `suspects.csv`
    have pictures called `suspect-ROW-input-NUMBER`, with rows from 0.

    Args:
        folder: the folder of the run.
        data: its data.
        say: receives a message about each sample that can no longer be read.

    Raises:
        TrainingError: the folder cannot be written.
    """
    pictures = {} if data.evaluation is None else _all_pictures(folder, data.prepared, data.evaluation, say)
    files = ((name, *_encoded(pixels)) for name, pixels in pictures.items())
    folder.write_folder(RunFile.PICTURES, {f"{name}{ending}": content for name, ending, content in files})


def _all_pictures(
    folder: RunFolder, prepared: PreparedData, evaluation: Evaluation, say: Callable[[str], None]
) -> dict[str, Pixels]:
    worst = sorted({int(row["index"]) for row in _rows(folder, RunFile.WORST)})
    pictures = dict(_pictures(prepared, {f"sample-{index}": index for index in worst}, say, evaluation))
    return pictures | dict(_pictures(prepared, _suspects(folder, prepared), say))


def _rows(folder: RunFolder, name: str) -> list[dict[str, str]]:
    return folder.read_csv(name) if (folder / name).is_file() else []


def _suspects(folder: RunFolder, prepared: PreparedData) -> dict[str, int]:
    """Return the index of the sample in each of the first rows of `suspects.csv`, by the key of its pictures."""
    rows = _rows(folder, RunFile.SUSPECTS)[:MOST_PICTURES]
    wanted: dict[tuple[str, str], str] = {}
    for rank, row in enumerate(rows):
        wanted.setdefault((row["part"], without_apostrophe(row["sample"])), f"suspect-{rank}")
    names = {part for part, _ in wanted}
    found = (
        (wanted.get((part, prepared.dataset.sample_name(index))), index)
        for part in names
        for index in prepared.parts[part].tolist()
    )
    return {key: index for key, index in found if key is not None}


def _pictures(
    prepared: PreparedData,
    indices: Mapping[str, int],
    say: Callable[[str], None],
    evaluation: Evaluation | None = None,
) -> Iterator[tuple[str, Pixels]]:
    """Yield the name and the pixels of each picture.

    Args:
        prepared: the data.
        indices: the index of each sample by the key of its pictures.
        say: receives a message about each sample that can no longer be read.
        evaluation: the evaluation of these samples, for targets that are masks or images; None to omit them.
    """
    names = [
        name for name, entry in prepared.dataset.inputs.items() if entry.kind != "table" and is_picture(entry.shape)
    ]
    if not names or not indices:
        return
    thumbnails: dict[str, list[Thumbnail]] = {name: [] for name in names}
    read: dict[str, int] = {}
    for key, index in indices.items():
        # One at a time, since photos can be large. A file can be missing although its samples were in memory.
        try:
            sample = prepared.dataset.read(np.array([index]))
        except DataError as error:
            say(f"no picture of {prepared.dataset.sample_name(index)}: {error}")
            continue
        read[key] = index
        for name in names:
            thumbnails[name].append(Thumbnail.of(np.asarray(sample[name][0])))
    first: list[Pixels] = []
    for number, found in enumerate(thumbnails.values()):
        shown = DisplayRange.of(found)
        pixels = [shown.pixels(entry.values) for entry in found]
        first = first or pixels
        yield from ((f"{key}-input-{number}", each) for key, each in zip(read, pixels, strict=True))
    if evaluation is None or not read:
        return
    for number, target in enumerate(prepared.dataset.targets.values()):
        yield from _of_target(number, target, evaluation, dict(zip(read.values(), first, strict=True)), prepared)


def _of_target(
    number: int, target: Target, evaluation: Evaluation, under: Mapping[int, Pixels], prepared: PreparedData
) -> Iterator[tuple[str, Pixels]]:
    """Yield the pictures of the labels and predictions of a target that is a mask or an image."""
    if (
        evaluation is None
        or target.name not in evaluation.predictions
        or target_form(target.task, target.shape) == "text"
    ):
        return
    places = {index: place for place, index in enumerate(prepared.parts[evaluation.part].tolist())}
    for kind, values in (("label", evaluation.labels), ("predicted", evaluation.predictions)):
        found: list[Any] = [values[target.name][places[index]] for index in under]
        if found[0].shape == tuple(target.shape):
            pictures = target_pictures(target.task, found, [*under.values()], [""] * len(found))
            for index, picture in zip(under, pictures, strict=True):
                yield f"sample-{index}-{kind}-{number}", picture.pixels


def _encoded(pixels: Pixels) -> tuple[str, bytes]:
    """Return a picture as a file with its ending: PNG for small ones, else JPEG of at most 192 x 192 pixels."""
    import cv2

    height, width = pixels.shape[:2]
    colors = pixels[..., ::-1]
    if max(height, width) <= _SMALL:
        return ".png", cv2.imencode(".png", colors)[1].tobytes()
    scale = min(1.0, _LARGEST / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    reduced = cv2.resize(colors, size, interpolation=cv2.INTER_AREA)
    return ".jpg", cv2.imencode(".jpg", reduced, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
