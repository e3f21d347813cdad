"""Cache of the catalogue of installed packages in a file, so that most processes do not import Keras."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from kpipe.atomic import write_text
from kpipe.cache_folder import cache_folder
from kpipe.components.inspection.overlay import OVERLAYS
from kpipe.components.packages import packages
from kpipe.components.registry.catalogue import Catalogue, collect
from kpipe.components.registry.plugins import plugins
from kpipe.distribution import NAME

#: Increased when the format of the file changes.
FORM = 7
#: Number of cached installations, of about 1 MB each.
KEPT = 8

_PACKAGES = (NAME, "keras", "tensorflow", "albumentations")


def cached_catalogue(folder: Path | None = None, *, run: bool = True) -> Catalogue:
    """Return the catalogue of the installed packages.

    The catalogue is read from a file if one exists for exactly this installation: the versions of Python, kpipe, Keras,
    TensorFlow and all plug-ins, and the dates and sizes of the source files of kpipe and the plug-ins, which can change
    without a new version during development. Otherwise it is collected again, and written to a file if possible.

    Args:
        folder: the folder of the files, by default the cache folder of kpipe.
        run: whether to run the code of plug-ins if the catalogue must be collected; otherwise they are skipped.
    """
    folder = folder or cache_folder()
    path = folder / f"vocabulary-{installation()}.json"
    known = _read(path)
    if known is not None:
        return known
    known = collect(run)
    if run or not plugins():
        # If the folder is not writable, the catalogue is collected again at the next start.
        with contextlib.suppress(OSError):
            _write(path, known)
    return known


def installation() -> str:
    """Return a hash of the installation."""
    parts = [str(FORM), sys.version, os.environ.get("KERAS_BACKEND", "")]
    for name in _PACKAGES:
        parts += [name, *_version(name)]
    for package in ("kpipe.components", *packages()):
        parts += [package, *_package_states(package)]
    for plugin in plugins():
        parts += [
            plugin.name,
            plugin.module,
            plugin.package,
            plugin.version,
            *_package_states(plugin.module.partition(".")[0]),
        ]
    optional = (module for entry in OVERLAYS.values() for _, module in entry.needs_package.values())
    parts += [f"{module} {find_spec(module) is not None}" for module in optional]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _version(name: str) -> Iterator[str]:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    yield found.version
    # The same version can be installed again, or in another environment, with other files.
    yield str(found.locate_file(name))


def _package_states(name: str) -> list[str]:
    top = find_spec(name)
    if top is None:
        return []
    if top.submodule_search_locations:
        folders = [folder for folder in top.submodule_search_locations if os.path.isdir(folder)]  # noqa: PTH112
        return [state for folder in folders for state in _states(folder)]
    return [_state(top.origin)] if top.origin else []


def _states(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                yield from _states(entry.path)
            elif entry.name.endswith(".py") and entry.is_file():
                state = entry.stat()
                yield f"{entry.path} {state.st_mtime_ns} {state.st_size}"


def _state(path: str) -> str:
    state = os.stat(path)  # noqa: PTH116
    return f"{path} {state.st_mtime_ns} {state.st_size}"


def _read(path: Path) -> Catalogue | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        classes, texts = content["classes"], content["texts"]
        if not (isinstance(classes, dict) and isinstance(texts, dict)):
            return None
        # `_write` removes the least recently used files.
        with contextlib.suppress(OSError):
            path.touch()
        return Catalogue(classes, texts)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _write(path: Path, known: Catalogue) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({"classes": known.classes, "texts": known.texts}, separators=(",", ":")))
    older = sorted(path.parent.glob("vocabulary-*.json"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in older[KEPT:]:
        entry.unlink(missing_ok=True)
