"""The folder of one run, which two runs never share."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from kpipe.atomic import save, write_folder
from kpipe.errors import DataError, TrainingError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.escaped import escaped
from kpipe.messages.formula_guard import FormulaGuard, without_apostrophe
from kpipe.messages.json_safe import json_safe
from kpipe.regular_file import irregular
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_lock import locked

#: The states of runs that are continued by resuming them.
_RESUMED = ("interrupted", "paused", "pruned")
#: Names of temporary files that a killed process has left.
_LEFTOVER = re.compile(
    "|".join(
        rf"\.{re.escape(path.stem)}-[a-z0-9_]{{8}}{re.escape(path.suffix)}$"
        for path in map(Path, RunFile)
        if path.suffix and path != Path(RunFile.LOG)
    )
)


#: What a run folder can contain.
Content = Literal["run", "cross-validation", "sweep"]


class RunFolder(os.PathLike[str]):
    """The folder of a run, which functions accept as a path.

    Each file is replaced atomically, except for those that grow line by line: `log.txt`, `history.csv`,
    `validations.csv` and `layers.csv`.

    Args:
        path: an existing folder; use `create` for a new run.
        fresh: the folders that were created for a run that has not begun yet, the innermost first; None if the run
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
        """Create an empty run folder that belongs to this process only.

        Args:
            output: the folder, which is created or has to be empty; None for the next free `base/name/N`, with N
                from 1.
            name: the name of the spec.
            base: the parent of all runs without `output`.

        Raises:
            DataError: `output` is a file, or is not empty.
            TrainingError: the folder cannot be created.
        """
        try:
            target = output if output is not None else base / name
            missing = [folder for folder in (target, *target.parents) if not folder.exists()]
            if output is not None:
                return cls(_claim(output), missing)
            folder = _next(target)
            return cls(folder, [folder, *missing])
        except OSError as error:
            raise TrainingError(f"the run folder {error.filename} cannot be created: {error.strerror}") from error

    @classmethod
    def reopen(cls, output: Path, content: Content = "run") -> RunFolder:
        """Return the folder of an earlier start, or create it if no run has begun.

        Args:
            output: the folder.
            content: what the folder can contain, by default a run.

        Raises:
            DataError: it is a file, or it contains something else.
            TrainingError: the folder cannot be created.
        """
        if output.exists() and not output.is_dir():
            raise DataError(f"{call_argument('output', output)}: this is a file; expected the folder of a run")
        if not output.exists() or (output.is_dir() and not any(output.iterdir())):
            return cls.create(output, "")
        if not (output / RunFile.LOG).is_file():
            place = call_argument("output", output)
            raise DataError(f"{place}: this is not the folder of a run (log.txt is missing)")
        if (found := _content(output)) not in (content, None):
            place = call_argument("output", output)
            raise DataError(f"{place}: this is the folder of a {found}; expected one of a {content}, or a new folder")
        return cls(output)

    @classmethod
    def shared(cls, path: Path) -> RunFolder:
        """Return a folder in which other files may exist, and create it if it is missing.

        Raises:
            DataError: it is a file.
            TrainingError: the folder cannot be created.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            place = call_argument("output", path)
            raise DataError(f"{place}: {error.filename} is a file; expected a folder") from error
        except OSError as error:
            raise TrainingError(f"the folder {error.filename} cannot be created: {error.strerror}") from error
        return cls(path)

    @classmethod
    def of_check(cls, output: Path | None, name: str, base: Path = Path("runs")) -> RunFolder:
        """Return the folder for the results of a check, in which other files may exist, but no run.

        Args:
            output: the folder, which is created if it is missing; None for `base/name/check`.
            name: the name of the spec.
            base: the parent of all runs without `output`.

        Raises:
            DataError: it is a file, or the folder of a run.
            TrainingError: the folder cannot be created.
        """
        if output is not None and (output / RunFile.LOG).exists():
            raise DataError(
                f"{call_argument('output', output)}: this is the folder of a run, whose {RunFile.CHECK} is that of the "
                "run; choose another folder"
            )
        return cls.shared(base / name / "check" if output is None else output)

    @staticmethod
    def refuse_taken(output: Path | None) -> None:
        """Refuse an output that `create` would refuse, before the run reads any data.

        Raises:
            DataError: `output` is a file, or is not empty.
        """
        if output is None or not output.exists():
            return
        if not output.is_dir():
            place = call_argument("output", output)
            raise DataError(f"{place}: this is a file; expected a new or an empty folder")
        if any(output.iterdir()):
            raise _taken(output)

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"<RunFolder {escaped(str(self.path))}>"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file of the folder."""
        self.save(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Replace a file of the folder."""
        self.save(name, lambda path: path.write_bytes(content))

    def write_folder(self, name: str, files: Mapping[str, bytes]) -> None:
        """Replace a folder inside of this one by one with these files, or remove it if there are none.

        Raises:
            TrainingError: it cannot be removed or written.
        """
        try:
            if files:
                write_folder(self / name, files)
            elif (self / name).is_dir():
                shutil.rmtree(self / name)
        except OSError as error:
            raise TrainingError(f"{self / name} cannot be written: {error}") from error

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file; NaN and infinities become null, since JSON does not have them."""
        self.write_text(name, as_json(value))

    def write_csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> FormulaGuard:
        """Replace a CSV file; None becomes an empty field, and cells that look like formulas get an apostrophe.

        Returns:
            The guard, which has counted the cells with an apostrophe.
        """
        guard = FormulaGuard()
        text = "".join(f"{guard.line(cells)}\n" for cells in (header, *rows))
        self.save(name, lambda path: path.write_text(text, encoding="utf-8", errors="backslashreplace", newline=""))
        return guard

    def read_csv(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file of the folder, keyed by the column names that `write_csv` received.

        A last line without an end, which a process was writing when it ended, is skipped.
        """
        text = self.existing(name).read_bytes().decode("utf-8")
        rows = csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1], newline=""))
        return [{without_apostrophe(column): cell for column, cell in row.items()} for row in rows]

    def read_json(self, name: str) -> dict[str, Any]:
        """Return the contents of a JSON file of the folder.

        Raises:
            DataError: the file does not exist, or is not valid JSON.
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
        """Remove temporary files that a killed process has left; call it only while this process owns the folder."""
        for path in self.path.glob(".*"):
            if _LEFTOVER.match(path.name):
                path.unlink(missing_ok=True)

    def append(self, name: str, length: int, content: bytes, *, waits: bool = True) -> None:
        """Cut a file to a length, append to it, and wait until it is on the disk.

        Args:
            name: the name of the file.
            length: the length to which the file is cut, in bytes.
            content: what is appended.
            waits: whether to wait for the disk, default true; otherwise a power cut can lose the content.

        Raises:
            TrainingError: it cannot be written.
        """
        try:
            with (self / name).open("r+b" if length else "wb") as file:
                file.truncate(length)
                file.seek(length)
                file.write(content)
                file.flush()
                if waits:
                    os.fsync(file.fileno())
        except OSError as error:
            raise TrainingError(f"{self / name} cannot be written: {error}") from error

    def remove(self, name: str) -> None:
        """Remove a file of the folder, if it exists.

        Raises:
            TrainingError: it cannot be removed.
        """
        try:
            (self / name).unlink(missing_ok=True)
        except OSError as error:
            raise TrainingError(f"{self / name} cannot be removed: {error}") from error

    def existing(self, name: str) -> Path:
        """Return the path of an existing file.

        Raises:
            DataError: the file does not exist, or is not a regular file.
        """
        if not (self / name).exists():
            if (self / RunFile.TRIALS).is_dir():
                trial = min((self / RunFile.TRIALS).iterdir(), default=self / RunFile.TRIALS / "1")
                raise DataError(
                    f"{self.path} is a sweep, which has no model; expected the run of one of its trials, such as "
                    f"{trial}; best.yaml tells which one is the best"
                )
            raise DataError(f"{self.path} is not the folder of a finished run: {name} is missing")
        if kind := irregular(self / name):
            raise DataError(f"{self / name} is {kind}; expected a file")
        return self / name

    def model_file(self) -> Path:
        """Return the path of the model that the run kept.

        Raises:
            DataError: there is none; the message reports how the run ended, if it is known.
        """
        path = self / RunFile.MODEL
        if not path.exists() and (self / RunFile.FOLDS).is_dir():
            first = min((self / RunFile.FOLDS).iterdir(), default=self / RunFile.FOLDS / "1")
            raise DataError(
                f"{self.path} is a cross-validation, which has no model; expected the run of one of its folds, such as "
                f"{first}"
            )
        if path.exists() or not (self / RunFile.RESULT).exists():
            return self.existing(RunFile.MODEL)
        result = self.read_json(RunFile.RESULT)
        status, error = str(result.get("status")).replace("_", " "), result.get("error")
        reason = f" ({error})" if error else ""
        if result.get("best_epoch") is not None:
            raise DataError(f"{path} is missing, although the run ended as {status} and kept a model{reason}")
        remedy = f"; resume it with {call_argument('resume')}" if status in _RESUMED else ""
        raise DataError(f"{self.path} contains no model: the run ended as {status} before it kept one{reason}{remedy}")

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Lock the folder for this process within the block; remove it if an error occurs before the run begins.

        Raises:
            DataError: another process uses the folder, or has just begun a run in it.
            TrainingError: the file system does not support locks.
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
        """Remove the folder if an error occurs within the block before the run begins."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def begin(self) -> None:
        """Mark the run as begun, so that its folder is kept even if it fails."""
        self._fresh = None

    def abandon(self) -> None:
        """Remove the folders that `create` has created and their contents, unless the run has begun."""
        made, self._fresh = self._fresh, None
        if made is None:
            return
        for entry in self.path.iterdir():
            with contextlib.suppress(OSError):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        for folder in made:
            with contextlib.suppress(OSError):  # a parent may contain another run
                folder.rmdir()

    def save(self, name: str, write: Any) -> None:
        """Replace a file by the one that `write` creates at the temporary path that it receives.

        Raises:
            TrainingError: the file cannot be written; the old one is unchanged.
        """
        try:
            save(self / name, write)
        except OSError as error:
            raise TrainingError(f"{self / name} cannot be written: {error}") from error


def as_json(value: Mapping[str, Any]) -> str:
    """Return a value as JSON: NaN and infinities become null, arrays become lists, and paths strings."""
    return json_safe(json.dumps(_plain(value), indent=2, allow_nan=False, ensure_ascii=False)) + "\n"


def _claim(folder: Path) -> Path:
    RunFolder.refuse_taken(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not _take(folder):
        raise _taken(folder)
    return folder


def _taken(folder: Path) -> DataError:
    return DataError(
        f"{call_argument('output', folder)}: the folder is not empty, and a run is never overwritten; "
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
    # Only one of two processes that start at the same time can create the log exclusively.
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


def _content(folder: Path) -> Content | None:
    """Return what a folder contains; None if nothing has begun in it."""
    if (folder / RunFile.TRIALS).is_dir() or (folder / RunFile.JOURNAL).exists():
        return "sweep"
    if (folder / RunFile.FOLDS).is_dir():
        return "cross-validation"
    begun = (RunFile.DATA, RunFile.HISTORY, RunFile.RESULT, RunFile.CHECKPOINTS, RunFile.MODEL)
    return "run" if any((folder / name).exists() for name in begun) else None
