"""Reading the spec of a run for other uses than a training."""

from __future__ import annotations

from pathlib import Path

from kpipe.checks.checked_spec import CheckedSpec, checked


def checked_without_callbacks(file: Path, *, run: bool = True, data: bool | None = None) -> CheckedSpec:
    """Return the checked spec of a run without its callbacks and stages.

    They are not needed, and callbacks may have absolute paths from overrides, which a spec must not contain.

    Args:
        file: the file in the run folder.
        run: as in `checked`.
        data: as in `checked`.

    Raises:
        SpecError: the spec is not valid.

    Example:
        >>> from kpipe.spec.reader import spec_file
        >>> from kpipe.errors import Mark
        >>> checked_without_callbacks(spec_file("kpipe:digits", Mark("a.yaml", 1, 1, 1, 2))).train.stages is None
        True
    """
    return checked(file, {"train.callbacks": [], "train.stages": None}, run=run, data=data)
