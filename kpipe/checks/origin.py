"""The origin of a checked spec, which is recorded with each start of its run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kpipe.git_commit import git_commit
from kpipe.messages.caller import caller
from kpipe.spec.overrides import read_overrides


@dataclass(frozen=True)
class Origin:
    """The origin of a spec: who has read it, from which commit, and with which overrides.

    Args:
        command: the command line, or `Python`.
        commit: the Git commit of the folder of its file; None if there is none.
        overrides: the overrides as strings `PATH=VALUE`.
        modules: the modules of installed packages that the spec imports.
    """

    command: str = "Python"
    commit: str | None = None
    overrides: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    @classmethod
    def of(cls, file: Path, overrides: Sequence[str] | Mapping[str, Any], modules: Sequence[str] = ()) -> Origin:
        """Return the origin of a spec that this process reads.

        Args:
            file: the file of the spec.
            overrides: values that replace those of the file, as `kpipe.load` accepts them.
            modules: the modules of installed packages that the spec imports.

        Example:
            >>> Origin.of(Path("/absent/spec.yaml"), {"train.epochs": 3})
            Origin(command='Python', commit=None, overrides=('train.epochs=3',), modules=())
        """
        return cls(caller(), git_commit(file.resolve().parent), _as_strings(overrides), (*modules,))

    def with_overrides(self, overrides: Iterable[str]) -> Origin:
        """Return the origin of a part of this run, such as a fold, which has more overrides."""
        return replace(self, overrides=(*self.overrides, *overrides))


def _as_strings(overrides: Sequence[str] | Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(overrides, str):
        return (overrides,)
    if not isinstance(overrides, Mapping):
        # The value of an environment variable is recorded rather than its name.
        return tuple(s for text in overrides for s in (_written([text]) if type(text) is not str else [text]))
    return _written(overrides)


def _written(overrides: Sequence[str] | Mapping[str, Any]) -> tuple[str, ...]:
    # JSON is YAML, so that each can be written after `--set` again.
    values = ((path, node.plain()) for path, node, _ in read_overrides(overrides, []))
    return tuple(f"{path}={json.dumps(value, ensure_ascii=False, default=str)}" for path, value in values)
