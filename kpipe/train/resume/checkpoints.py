"""The folder `checkpoint/` of a run: the newest state and the one before it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kpipe.atomic import save
from kpipe.errors import DataError, TrainingError
from kpipe.train.resume.checkpoint_file import Array, read_checkpoint, write_checkpoint

#: The newest, and the one before it, for when the newest turns out to be damaged.
KEPT = 2

_SUFFIX = ".checkpoint"


@dataclass(frozen=True, order=True)
class Position:
    """How far a training is.

    Args:
        epoch: epochs that have ended.
        step: steps of the epoch after them that are done; all of them where only its end is missing.
    """

    epoch: int = 0
    step: int = 0

    @property
    def text(self) -> str:
        """For people.

        Example:
            >>> Position(2, 0).text, Position(2, 7).text
            ('after epoch 2', 'after step 7 of epoch 3')
        """
        return f"after step {self.step} of epoch {self.epoch + 1}" if self.step else f"after epoch {self.epoch}"


class Checkpoints:
    """Writes states so that a kill at any moment leaves the one before, and finds the newest undamaged one.

    Args:
        folder: where they are; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, position: Position, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> Path:
        """Add a state, and remove all but the newest and the one before it.

        Args:
            position: of the training; a state of the same position is replaced.
            description: plain data.
            arrays: by name.

        Raises:
            TrainingError: it cannot be written; the earlier ones are still there.
        """
        path = self.folder / f"{position.epoch:06d}-{position.step:09d}{_SUFFIX}"
        try:
            self.folder.mkdir(exist_ok=True)
            save(path, partial(write_checkpoint, description=description, arrays=arrays))
        except OSError as error:
            raise TrainingError(
                f"{path} cannot be written: {error.strerror or error}; make room, and continue with --resume"
            ) from error
        paths = self._paths()
        # What is further than a training that continued from an earlier state was damaged.
        further = paths[: paths.index(path)]
        for useless in (*further, *paths[len(further) + KEPT :]):
            useless.unlink(missing_ok=True)
        return path

    def latest(self, say: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Array]] | None:
        """Return the newest undamaged state; None where none was written.

        Args:
            say: receives a line about those that are damaged.

        Raises:
            DataError: no state is undamaged.
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
                say(f"{reason}; the state before it is used")
            return found
        if damaged:
            raise DataError(f"{'; '.join(damaged)}; there is no state to continue from; start again in another folder")
        return None

    def keep_newest(self) -> None:
        """Remove all but the newest; a finished run needs no second one."""
        for older in self._paths()[1:]:
            older.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all states."""
        self._sweep()
        for path in self._paths():
            path.unlink()

    def _paths(self) -> list[Path]:
        """Newest first."""
        found = self.folder.glob(f"[0-9]*-[0-9]*{_SUFFIX}")
        return sorted(found, key=lambda path: [int(number) for number in path.stem.split("-")], reverse=True)

    def _sweep(self) -> None:
        """Remove what a killed writer has left."""
        for leftover in self.folder.glob(f".*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                leftover.unlink()
