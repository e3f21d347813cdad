"""The folder of files that kpipe caches between runs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return `$XDG_CACHE_HOME/kpipe`, by default `~/.cache/kpipe`; it may not exist, and can be removed at any time."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "kpipe"
    try:
        return Path.home() / ".cache" / "kpipe"
    except RuntimeError:  # a user without a home folder, as in a container
        return Path(tempfile.gettempdir()) / f"kpipe-{os.getuid()}"
