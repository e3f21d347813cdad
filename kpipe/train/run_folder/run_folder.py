"""The folder of one run, made so that two runs never share one."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.atomic import save
from kpipe.errors import DataError, TrainingError
from kpipe.messages.formula_guard import FormulaGuard, without_apostrophe
from kpipe.messages.json_safe import json_safe
from kpipe.regular_file import irregular
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_lock import locked

#: What a writer that was killed has left beside the file that it was to replace.
_LEFTOVER = re.compile(
    "|".join(
        rf"\.{re.escape(path.stem)}-[a-z0-9_]{{8}}{re.escape(path.suffix)}$"
        for path in map(Path, RunFile)
        if path.suffix and path != Path(RunFile.LOG)
    )
)


class RunFolder:
    """Where the files of a run are written; each is replaced atomically, only `log.txt` grows line by line.

    Args:
        path: an existing folder; use `create` for a new run.
        fresh: the folders that were made for a run that has not begun yet, the innermost first; None for a run that
            has begun.

    Example:
        >>> import tempfile
        >>> folder = RunFolder.create(Path(tempfile.mkdtemp()) / "first", "digits")
        >>> folder.write_json("result.json", {"loss": float("nan")})
        >>> folder.read_json("result.json")
        {'loss': None}
    """

    def __init__(self, path: Path, fresh: Sequence[Path] | None = None) -> None:
        self.path = path
        self._fresh = fresh

    @classmethod
    def create(cls, output: Path | None, name: str, base: Path = Path("runs")) -> RunFolder:
        """A new, empty run folder that belongs to this process alone.

        Args:
            output: the folder to make or, where it exists, to use if it is empty; None for the next free
                `base/name/N`, N from 1.
            name: the spec's name.
            base: where runs without `output` go.

        Raises:
            DataError: `output` is a file, or is not empty.
            TrainingError: the folder cannot be made.
        """
        try:
            target = output if output is not None else base / name
            missing = [folder for folder in (target, *target.parents) if not folder.exists()]
            if output is not None:
                return cls(_claim(output), missing)
            folder = _next(target)
            return cls(folder, [folder, *missing])
        except OSError as error:
            raise TrainingError(f"the run folder {error.filename} cannot be made: {error.strerror}") from error

    @classmethod
    def reopen(cls, output: Path) -> RunFolder:
        """The folder of an earlier start, or a new one where nothing has begun.

        Args:
            output: the folder.

        Raises:
            DataError: it is a file, or its content is not that of a run.
            TrainingError: the folder cannot be made.
        """
        if output.exists() and not output.is_dir():
            raise DataError(f"--resume --output {output}: this is a file; expected the folder of a run")
        if not output.exists() or (output.is_dir() and not any(output.iterdir())):
            return cls.create(output, "")
        if not (output / RunFile.LOG).is_file():
            raise DataError(f"--resume --output {output}: this is not the folder of a run; log.txt is missing")
        return cls(output)

    @staticmethod
    def refuse_taken(output: Path | None) -> None:
        """Refuse an output that `create` would refuse, before anything has been read for the run.

        Raises:
            DataError: `output` is a file, or is not empty.
        """
        if output is None or not output.exists():
            return
        if not output.is_dir():
            raise DataError(f"--output {output}: this is a file; expected a folder that is new or empty")
        if any(output.iterdir()):
            raise _taken(output)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file of the folder."""
        self.save(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file; NaN and infinities become null, since JSON has neither."""
        self.write_text(name, as_json(value))

    def write_csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> FormulaGuard:
        """Replace a CSV file; None becomes an empty field, and no cell begins as a formula does.

        Returns:
            The guard that counted the cells with an apostrophe.
        """
        guard = FormulaGuard()
        text = "".join(f"{guard.line(cells)}\n" for cells in (header, *rows))
        self.save(name, lambda path: path.write_text(text, encoding="utf-8", errors="backslashreplace", newline=""))
        return guard

    def read_csv(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file of the folder, by column name as it was before `write_csv`."""
        with self.existing(name).open(encoding="utf-8", newline="") as file:
            return [{without_apostrophe(column): cell for column, cell in row.items()} for row in csv.DictReader(file)]

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder.

        Raises:
            DataError: there is no such file, or it is not JSON.
        """
        path = self.existing(name)
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{path} is not valid JSON: {error}") from None
        if not isinstance(content, dict):
            raise DataError(f"{path} is damaged; expected a mapping")
        return content

    def sweep(self) -> None:
        """Remove what a writer that was killed has left; call it where the folder belongs to this process alone."""
        for path in self.path.glob(".*"):
            if _LEFTOVER.match(path.name):
                path.unlink(missing_ok=True)

    def existing(self, name: str) -> Path:
        """The path of a file that is there.

        Raises:
            DataError: there is no such file.
        """
        if not (self / name).exists():
            raise DataError(f"{self.path} is not the folder of a finished run: {name} is missing")
        if kind := irregular(self / name):
            raise DataError(f"{self / name} is {kind}; expected a file")
        return self / name

    def model_file(self) -> Path:
        """The path of the model that the run kept.

        Raises:
            DataError: there is none; saying how the run ended, as far as the folder knows it.
        """
        path = self / RunFile.MODEL
        if path.exists() or not (self / RunFile.RESULT).exists():
            return self.existing(RunFile.MODEL)
        result = self.read_json(RunFile.RESULT)
        status, error = str(result.get("status")).replace("_", " "), result.get("error")
        reason = f" ({error})" if error else ""
        if result.get("best_epoch") is not None:
            raise DataError(f"{path} is missing: the run ended as {status} and kept a model, which is gone{reason}")
        remedy = "; continue it with --resume" if status == "interrupted" else ""
        raise DataError(f"{self.path} has no model: the run ended as {status} before it kept one{reason}{remedy}")

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Inside, no other process can use the folder; a run that ends in an error before it begins removes it.

        Raises:
            DataError: another process has it, or began a run in it just now.
            TrainingError: the file system has no locks.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path))
            except TrainingError:
                self.abandon()
                raise
            if self._fresh is not None and [entry.name for entry in self.path.iterdir()] != [RunFile.LOG]:
                raise _taken(self.path)
            with self.abandon_on_error():
                yield

    @contextlib.contextmanager
    def abandon_on_error(self) -> Iterator[None]:
        """Remove the folder after an error inside, unless the run has begun then."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def begin(self) -> None:
        """Keep the folder from now on, however the run ends: its training begins."""
        self._fresh = None

    def abandon(self) -> None:
        """Remove what `create` has made and everything in it, unless the run has begun; an older folder stays."""
        made, self._fresh = self._fresh, None
        if made is None:
            return
        for entry in self.path.iterdir():
            with contextlib.suppress(OSError):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        for folder in made:
            with contextlib.suppress(OSError):  # another run may be in a parent
                folder.rmdir()

    def save(self, name: str, write: Any) -> None:
        """Replace a file by what `write` puts at the temporary path it is given.

        Raises:
            TrainingError: the file cannot be written (no space, no rights); the old one is still there.
        """
        try:
            save(self / name, write)
        except OSError as error:
            raise TrainingError(f"{self / name} cannot be written: {error}") from error


def as_json(value: Mapping[str, Any]) -> str:
    """A value as in the folder's JSON files: NaN and infinities are null, arrays lists, paths strings."""
    return json_safe(json.dumps(_plain(value), indent=2, allow_nan=False, ensure_ascii=False)) + "\n"


def _claim(folder: Path) -> Path:
    RunFolder.refuse_taken(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not _take(folder):
        raise _taken(folder)
    return folder


def _taken(folder: Path) -> DataError:
    return DataError(
        f"--output {folder}: the folder is not empty, and a run is never overwritten; "
        "choose another folder, or move this one"
    )


def _next(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = max((int(entry.name) for entry in parent.iterdir() if entry.name.isdecimal()), default=0) + 1
    while True:
        folder = parent / str(number)
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        _take(folder)
        return folder


def _take(folder: Path) -> bool:
    # Creating the log exclusively is what makes the folder ours, also against a process that looks at the same
    # moment.
    try:
        (folder / RunFile.LOG).open("x", encoding="utf-8").close()
    except FileExistsError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
