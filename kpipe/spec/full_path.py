"""The complete path of a key of a section."""

from __future__ import annotations

from kpipe.spec.defaults import default_at
from kpipe.spec.sections.registered import sections
from kpipe.spec.top_level import FILE_KEYS, top_level

#: Arguments of components that are often searched among the keys of a section.
_ARGUMENTS = {"learning_rate": "train.optimizer.learning_rate", "lr": "train.optimizer.learning_rate"}


def full_path(path: str) -> str | None:
    """Return the path of a value in a section if `path` lacks the section; None if it is complete or unknown.

    Example:
        >>> full_path("epochs"), full_path("batch-size"), full_path("train.epochs"), full_path("color")
        ('train.epochs', 'data.batch_size', None, None)
    """
    key = path.partition(".")[0]
    if key in top_level() or key in FILE_KEYS:
        return None
    name = path.replace("-", "_")
    found = (f"{section}.{name}" for section in sections())
    return _ARGUMENTS.get(name) or next((candidate for candidate in found if default_at(candidate) is not None), None)
