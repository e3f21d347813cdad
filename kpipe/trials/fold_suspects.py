"""The suspects of all folds, as in `suspects.csv` of a cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.suspects_line import suspects_line


@dataclass(frozen=True)
class FoldSuspects:
    """The suspects of all folds, in which each sample of the training part was once in the validation part.

    Args:
        header: the names of the columns, those of the folds with `fold` instead of `part`.
        rows: the rows of the file, the least probable label first.
        line: the message about the suspects.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    line: str

    @classmethod
    def of(cls, folders: Sequence[RunFolder]) -> FoldSuspects | None:
        """Return the suspects of the finished runs of all folds; None if there are none.

        Args:
            folders: the folders of the runs, in the order of the folds.
        """
        found, samples = [], 0
        for number, folder in enumerate(folders, start=1):
            samples += folder.read_json(RunFile.DATA)["parts"]["validation"]
            if (folder / RunFile.SUSPECTS).exists():
                found += [{**row, "part": str(number)} for row in folder.read_csv(RunFile.SUSPECTS)]
        if not found:
            return None
        found.sort(key=lambda row: float(row["probability"]))
        header = ["fold" if name == "part" else name for name in found[0]]
        suspects = len({(row["part"], row["sample"]) for row in found})
        return cls(header, [[*row.values()] for row in found], suspects_line(suspects, samples))
