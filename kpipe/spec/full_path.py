"""The complete path of a key of a section."""

from __future__ import annotations

from kpipe.spec.defaults import default_at
from kpipe.spec.sections.misplaced import OPTIMIZER_ARGUMENTS
from kpipe.spec.sections.registered import sections
from kpipe.spec.top_level import FILE_KEYS, top_level


def full_path(path: str) -> str | None:
    """Return the path of a value if `path` lacks its section or the optimizer; None if it is complete or unknown.

    Example:
        >>> full_path("epochs"), full_path("batch-size"), full_path("train.lr"), full_path("train.epochs")
        ('train.epochs', 'data.batch_size', 'train.optimizer.learning_rate', None)
    """
    key, holder, last = path.partition(".")[0], *path.rpartition(".")[::2]
    last = "learning_rate" if last == "lr" else last.replace("-", "_")
    if holder in ("", "train", "optimizer") and last in OPTIMIZER_ARGUMENTS:
        return f"train.optimizer.{last}"
    if key in top_level() or key in FILE_KEYS:
        return None
    name = path.replace("-", "_")
    found = (f"{section}.{name}" for section in sections())
    return next((candidate for candidate in found if default_at(candidate) is not None), None)
