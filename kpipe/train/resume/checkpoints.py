"""The folder `checkpoint/` of a run, which contains the newest two checkpoints."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kpipe.atomic import save
from kpipe.errors import DataError, TrainingError
from kpipe.messages.call_argument import call_argument
from kpipe.train.resume.checkpoint_file import Array, read_checkpoint, write_checkpoint

#: The second newest checkpoint is used if the newest one is damaged.
KEPT = 2

_SUFFIX = ".checkpoint"


@dataclass(frozen=True, order=True)
class Position:
    """The position of a training.

    Args:
        epoch: the number of epochs that have ended, those of all stages.
        step: the number of finished steps of the next epoch; if all are finished, only the end of the epoch is missing.
        stage: the number of stages before the one to which the position belongs.
    """

    epoch: int = 0
    step: int = 0
    stage: int = 0

    @property
    def text(self) -> str:
        """The position as text for messages.

        Example:
            >>> Position(2, 0).text, Position(2, 7).text
            ('after epoch 2', 'after step 7 of epoch 3')
        """
        return f"after step {self.step} of epoch {self.epoch + 1}" if self.step else f"after epoch {self.epoch}"


class Checkpoints:
    """Writes checkpoints and reads the newest undamaged one; a kill at any time leaves the previous one intact.

    Args:
        folder: the folder of the checkpoints; it is created when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exist(self) -> bool:
        """Whether a checkpoint was written."""
        return bool(self._paths())

    def write(self, position: Position, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> Path:
        """Write a checkpoint, and remove all but the newest two.

        Args:
            position: the position of the training; a checkpoint of the same position is replaced.
            description: plain data for JSON.
            arrays: the arrays by name.

        Raises:
            TrainingError: it cannot be written; the earlier checkpoints are unchanged.
        """
        path = self.folder / f"{position.epoch:06d}-{position.step:09d}{_SUFFIX}"
        try:
            self.folder.mkdir(exist_ok=True)
            save(path, partial(write_checkpoint, description=description, arrays=arrays))
        except OSError as error:
            raise TrainingError(
                f"{path} cannot be written: {error.strerror or error}; free disk space, and continue with "
                f"{call_argument('resume')}"
            ) from error
        paths = self._paths()
        # A checkpoint after the current position is damaged: the training was resumed from an earlier one.
        damaged = paths[: paths.index(path)]
        for unused in (*damaged, *paths[len(damaged) + KEPT :]):
            unused.unlink(missing_ok=True)
        return path

    def latest(self, say: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Array]] | None:
        """Return the newest undamaged checkpoint; None if none was written.

        Args:
            say: receives a message for each damaged checkpoint.

        Raises:
            DataError: all checkpoints are damaged.
        """
        self._sweep()
        paths = self._paths()
        damaged = []
        for path in paths:
            try:
                found = read_checkpoint(path)
            except DataError as error:
                damaged.append(str(error))
                continue
            for reason in damaged:
                say(f"{reason}; the previous checkpoint is used")
            return found
        if damaged:
            raise DataError(
                f"{'; '.join(damaged)}; no checkpoint is left to resume from; start again in another folder"
            )
        return None

    def keep_newest(self) -> None:
        """Remove all checkpoints but the newest, when the run is finished."""
        for older in self._paths()[1:]:
            older.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all checkpoints."""
        self._sweep()
        for path in self._paths():
            path.unlink()

    def _paths(self) -> list[Path]:
        """Return the paths of all checkpoints, the newest first."""
        found = self.folder.glob(f"[0-9]*-[0-9]*{_SUFFIX}")
        return sorted(found, key=lambda path: [int(number) for number in path.stem.split("-")], reverse=True)

    def _sweep(self) -> None:
        """Remove temporary files that a killed process has left."""
        for leftover in self.folder.glob(f".*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                leftover.unlink()
