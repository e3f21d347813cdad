"""The runs of a cross-validation, as overrides of its spec."""

from __future__ import annotations

from typing import Any

from kpipe.run_files import RunFile
from kpipe.spec.spec import Spec


def fold_overrides(spec: Spec) -> dict[str, dict[str, Any]]:
    """Return the overrides of the run of each fold, by the path of its folder below that of all runs.

    Args:
        spec: a spec.

    Returns:
        One entry for each fold, in order; none if the spec has no `data.folds`, or is that of a single fold.

    Example:
        >>> from kpipe.spec.reader import read
        >>> fold_overrides(read("kpipe:digits", {"data.validation": 0, "data.folds": 2}))
        {'folds/1': {'data.fold': 1}, 'folds/2': {'data.fold': 2}}
    """
    if not spec.data.is_cross_validation:
        return {}
    return {f"{RunFile.FOLDS}/{number}": {"data.fold": number} for number in range(1, spec.data.num_runs + 1)}
