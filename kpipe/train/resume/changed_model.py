"""Whether the model of an earlier start is that of the present spec."""

from __future__ import annotations

from kpipe.errors import DataError
from kpipe.model.build import BuiltModel
from kpipe.model.differences import model_differences
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_changed_model(folder: RunFolder, before: BuiltModel, now: BuiltModel) -> None:
    """Refuse to resume with another model.

    Args:
        folder: of the earlier start.
        before: the model of its spec.
        now: of the present spec, on the same data.

    Raises:
        DataError: with the first differences and their places.
    """
    changes = model_differences(before, now)
    if changes:
        listed = "\n    ".join(changes)
        raise DataError(
            f"{folder.path} contains a run of another model; the differences:\n    {listed}\n"
            "undo the changes, or start again in another folder"
        )
