"""Sheets as PNG files."""

from __future__ import annotations

from pathlib import Path

from kpipe.atomic import save
from kpipe.errors import TrainingError
from kpipe.report.sheets.sheet import Sheet


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write a sheet as a PNG file, atomically.

    Args:
        sheet: the sheet.
        path: the file; its folder exists.

    Raises:
        TrainingError: the file cannot be written.
    """
    image = sheet.image()
    try:
        save(path, lambda temporary: image.save(temporary, format="PNG"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}") from error
