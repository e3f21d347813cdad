"""Writing the plots of a run as PNG files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kpipe.errors import TrainingError
from kpipe.report.run_page.confusion_figure import confusion_figure
from kpipe.report.run_page.layer_section import layer_plots
from kpipe.report.run_page.plot_figure import plot_figure
from kpipe.report.run_page.plots import run_plots
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.stage_ends import stage_ends
from kpipe.run_files import RunFile
from kpipe.tune.results.drawing import drawing


def write_plot_pictures(path: Path) -> list[Path]:
    """Write the plots and confusion matrices of a run into the folder `pictures`; earlier ones are replaced.

    Args:
        path: the folder of a run.

    Returns:
        The files, such as `pictures/plot-loss.png` and `pictures/layers-dead.png`.

    Raises:
        DataError: it is not the folder of a single run, or a file is damaged.
        TrainingError: a file cannot be written.
    """
    record = RunRecord.read(path)
    folder = record.folder
    try:
        (folder / RunFile.PICTURES).mkdir(exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{error.filename} cannot be created: {error.strerror}") from error
    found: list[Path] = []
    with drawing():
        for title, figure in _figures(record):
            name = f"{RunFile.PICTURES}/{file_name(title, {file.stem for file in found})}.png"
            folder.save(name, figure.savefig)
            found.append(folder / name)
    return found


def file_name(title: str, taken: set[str]) -> str:
    """Return a title as the name of a file without ending, which can be used in every file system.

    Args:
        title: the title.
        taken: names of other files.

    Example:
        >>> file_name("plot gap of a/b", set()), file_name("plot a?b", {"plot-a-b"})
        ('plot-gap-of-a-b', 'plot-a-b-2')
    """
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", title).strip("-")[:80]
    number = 2
    found = name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _figures(record: RunRecord) -> Iterator[tuple[str, Any]]:
    for plot in run_plots(record):
        yield f"plot {plot.title}", plot_figure(plot)
    for plot in layer_plots(record.layers, stage_ends(record)["step"]):
        yield f"layers {plot.title}", plot_figure(plot)
    classes = record.result.get("classes") or {}
    for target, matrix in (record.result.get("confusion") or {}).items():
        title = f"{target}, {record.result.get('figures_of') or 'test'}"
        yield f"confusion {target}", confusion_figure(list(classes[target]), matrix, title)
