"""Run: starts from the model of a former run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.errors import ArgumentError, DataError
from kpipe.run_files import RunFile
from kpipe.spec.missing_path import missing_path
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.start_from.start import Start


class Run(Start):
    """Start from the model that a former run has kept.

    Its weights are read from `model.keras` in the run folder, without running the code under `imports` of its spec. See
    `Start` for how layers are matched.

    Args:
        folder: the folder of the run, one of its folds, or a trial.
        except_: items of this model that keep their initial weights, such as `head` or `body/conv2d`, and items of the
            saved model that are not used; default none.
        only: items of this model that receive weights; default null: all.
        rename: a mapping from the name of an item or a layer in the former model to that in this one, also for all
            layers inside; an empty name is the whole model. Default null: none.

    Raises:
        ArgumentError: the folder contains no model.

    Example:
        >>> Run("runs/source/1", except_=["head"]).folder.name
        '1'
    """

    def __init__(
        self,
        folder: Path,
        except_: Sequence[str] = (),
        only: Sequence[str] | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(except_, only, rename)
        self.folder = Path(folder)

    def described(self) -> Mapping[str, Any] | None:
        """Return the contents of `data.json` of the run."""
        folder = RunFolder(self.folder)
        return folder.read_json(RunFile.DATA) if (folder / RunFile.DATA).exists() else None

    def file(self) -> Path:
        """Return the path of the model of the run."""
        if self.folder.is_file():
            message = f"{self.folder} is a file; expected the folder of a run; write that, or File: {{path: ...}}"
            raise ArgumentError("folder", message)
        if not self.folder.exists():
            contents, meant = missing_path(self.folder)
            raise ArgumentError("folder", f"folder not found: {self.folder}; {contents}", meant)
        try:
            return RunFolder(self.folder).model_file()
        except DataError as error:
            raise ArgumentError("folder", str(error)) from error
