"""A sample in a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpipe.report.sheets.picture import Picture


@dataclass(frozen=True)
class Cell:
    """The pictures of a sample, side by side, with its captions.

    Args:
        pictures: as many as in the other cells of the sheet, at least one.
        heading: the first caption, of at most three lines; empty (default) for none.
        lines: further captions, each of at most three lines.
        name: the last caption, of one line, whose end is kept; empty (default) for none.
        partner: the name of the sample that it is mixed with, in a line of its own; empty (default) for none.

    Example:
        >>> import numpy as np
        >>> Cell([Picture(np.zeros((8, 8, 3), np.uint8))], "seven").heading
        'seven'
    """

    pictures: Sequence[Picture]
    heading: str = ""
    lines: Sequence[str] = ()
    name: str = ""
    partner: str = ""
