"""The commit of a folder in a Git repository, read from the files of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Most references that lead from one to another, as in Git.
_MOST_REFERENCES = 5


def git_commit(folder: Path) -> str | None:
    """Return the commit that is checked out in the repository of a folder, without running Git.

    It is read from `HEAD`, the files of references and `packed-refs`, also in worktrees and submodules, whose `.git` is
    a file (`gitrepository-layout` in the documentation of Git). Changes that are not committed are not noticed.

    Args:
        folder: a folder in the working tree.

    Returns:
        Its hash, of 40 or 64 hexadecimal digits. None if there is no repository, no commit, or if the references are
        stored in another format.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / ".git").mkdir()
        >>> _ = (folder / ".git" / "HEAD").write_text("5" * 40)
        >>> git_commit(folder) == "5" * 40
        True
    """
    try:
        repository = next(_repositories(folder.absolute()), None)
        return None if repository is None else _commit(repository)
    except (OSError, ValueError):  # not readable, or not text
        return None


def _repositories(folder: Path) -> Iterator[Path]:
    for parent in (folder, *folder.parents):
        entry = parent / ".git"
        if entry.is_file():
            key, _, path = entry.read_text(encoding="utf-8").strip().partition(": ")
            if key == "gitdir":
                yield parent / path
        elif (entry / "HEAD").is_file():
            yield entry


def _commit(repository: Path) -> str | None:
    shared = repository
    if (repository / "commondir").is_file():
        shared = repository / (repository / "commondir").read_text(encoding="utf-8").strip()
    text = (repository / "HEAD").read_text(encoding="utf-8").strip()
    for _ in range(_MOST_REFERENCES):
        if not text.startswith("ref: "):
            break
        # A worktree has its own HEAD and some own references; branches are shared.
        text = _reference(text.removeprefix("ref: ").strip(), repository, shared)
    return text if _COMMIT.fullmatch(text) else None


def _reference(name: str, repository: Path, shared: Path) -> str:
    for folder in (repository, shared):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
    if (shared / "packed-refs").is_file():
        for line in (shared / "packed-refs").read_text(encoding="utf-8").splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name:
                return commit
    return ""
