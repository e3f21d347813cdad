"""A run that an executor runs: a spec with overrides, and its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpipe.checks.origin import Origin


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A run that an executor runs: exactly `kpipe.load(spec, overrides).run(folder, resume)` in another process.

    Args:
        id: its name among those of the executor.
        spec: a YAML file, or `kpipe:NAME` for a shipped one.
        overrides: values that replace those of the file, by path.
        folder: the run folder; new or empty without `resume`.
        resume: whether to resume the run in the folder, or to start it if it has not begun.
        pause_after: the number of epochs of the whole run after which it ends with the status `paused`; None, the
            default, to train until the end.
        asks: whether it waits after each epoch until `Executor.answer` tells it to continue, default False.
        origin: the origin of the run that it is a part of, such as a sweep, which its folder records; None, the
            default, if it is not a part of another run.

    Example:
        >>> Trial(id="1", spec="kpipe:digits", overrides={"train.epochs": 2}, folder=Path("trials/1")).resume
        False
    """

    id: str
    spec: str | Path
    folder: Path
    overrides: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    pause_after: int | None = None
    asks: bool = False
    origin: Origin | None = None
