"""The starts of a run, in `started.json` and `result.json`."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kpipe.checks.origin import Origin
from kpipe.run_files import RunFile
from kpipe.train.run_folder.package_versions import package_versions
from kpipe.train.run_folder.run_folder import RunFolder


class Starts:
    """The starts of the run in a folder.

    They are written to `started.json` before the first step of each start, so that a run that is killed has them too,
    and repeated in `result.json` under `started`. Resuming does not compare them.

    Args:
        folder: the run folder.

    Attributes:
        entries: one entry for each start, the first one first.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        is_first = not (folder / RunFile.STARTED).exists()
        self.entries: list[Mapping[str, Any]] = [] if is_first else folder.read_json(RunFile.STARTED)["started"]

    @property
    def started_from(self) -> Mapping[str, Any] | None:
        """The saved weights that the run has started from; None if it started from initial weights."""
        return next((entry["start_from"] for entry in reversed(self.entries) if "start_from" in entry), None)

    @property
    def initialized(self) -> Sequence[Mapping[str, Any]]:
        """What the initializations of the run have set, by the last start that applied them."""
        return next((entry["initialize"] for entry in reversed(self.entries) if "initialize" in entry), [])

    def add(self, origin: Origin, began: datetime, notices: Sequence[str], **more: Any) -> None:
        """Add a start and write the file.

        Args:
            origin: the origin of the spec.
            began: when it began, in UTC.
            notices: the messages that it has reported.
            more: further keys, such as `devices`.

        Raises:
            TrainingError: the file cannot be written.
        """
        entry = {
            "date": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "host": platform.node(),
            "command": origin.command,
            "overrides": [*origin.overrides],
            "commit": origin.commit,
            **more,
            "versions": package_versions(origin.modules),
            "notices": [*notices],
        }
        self.entries = [*self.entries, entry]
        self._folder.write_json(RunFile.STARTED, {"started": self.entries})
