"""The results of the protocol as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The results of the protocol as plain data, which a process without TensorFlow can show and write.

    Args:
        text: the table of the results with the verdicts.
        failures: the code and the text of each verdict at error level.
        files: the contents of `check.json` and `learning_rate.png`, by name.

    Example:
        >>> CheckResult(text="", failures=[("E110", "E110 train.optimizer: the loss became infinite")], files={}).codes
        ['E110']
    """

    text: str
    failures: Sequence[tuple[str, str]]
    files: Mapping[str, bytes]

    @property
    def codes(self) -> list[str]:
        """The codes at error level, sorted."""
        return sorted({code for code, _ in self.failures})

    def write(self, folder: RunFolder) -> None:
        """Write the files, and delete the picture of an earlier check if this one has none.

        Raises:
            TrainingError: a file cannot be written.
        """
        for name, content in self.files.items():
            folder.write_bytes(name, content)
        if RunFile.LEARNING_RATE not in self.files:
            (folder / RunFile.LEARNING_RATE).unlink(missing_ok=True)
