"""Circumstances of runs besides their specs: data, code, versions, devices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kpipe.errors import KpipeError
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder

#: How many characters of a digest tell two apart.
_DIGITS = 8
#: Keys of a start that are compared.
_KEYS = ("host", "commit", "devices", "replicas", "cores")


def circumstances(folder: Path) -> dict[str, str]:
    """Return the circumstances of a run by name: the last start, the versions, and digests of its data and code.

    Args:
        folder: the run folder; what its files do not contain is missing.

    Example:
        >>> circumstances(Path("runs/absent/1"))
        {}
    """
    return dict([*_start(RunFolder(folder)), *_data(RunFolder(folder)), *_code(folder)])


def _start(folder: RunFolder) -> Iterator[tuple[str, str]]:
    starts = _json(folder, RunFile.STARTED).get("started")
    last = starts[-1] if isinstance(starts, list) and starts and isinstance(starts[-1], Mapping) else {}
    for key in _KEYS:
        value = last.get(key)
        if value is not None:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield key, text[:_DIGITS] if key == "commit" else text
    versions = last.get("versions") or _json(folder, RunFile.RESULT).get("versions")
    for name, version in (versions if isinstance(versions, Mapping) else {}).items():
        yield f"version of {name}", str(version)


def _data(folder: RunFolder) -> Iterator[tuple[str, str]]:
    described = _json(folder, RunFile.DATA)
    parts = described.get("parts")
    for name, count in (parts if isinstance(parts, Mapping) else {}).items():
        yield f"samples of {name}", str(count)
    fingerprint = described.get("fingerprint")
    for kind, entry in (fingerprint if isinstance(fingerprint, Mapping) else {}).items():
        digests = entry if isinstance(entry, Mapping) else {"": entry}
        for name, digest in digests.items():
            if digest is not None:
                yield f"digest of {kind} {name}".rstrip(), str(digest)[:_DIGITS]


def _code(folder: Path) -> Iterator[tuple[str, str]]:
    code = folder / RunFile.IMPORTS
    for file in sorted(code.iterdir()) if code.is_dir() else []:
        if file.is_file():
            yield f"{RunFile.IMPORTS}/{file.name}", hashlib.sha256(file.read_bytes()).hexdigest()[:_DIGITS]


def _json(folder: RunFolder, name: str) -> Mapping[str, Any]:
    """Return the contents of a file; nothing if it is missing or damaged, which the list of runs reports."""
    try:
        return folder.read_json(name)
    except (KpipeError, OSError, ValueError):
        return {}
