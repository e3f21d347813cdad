"""The check that a resumed run uses the model of the earlier start."""

from __future__ import annotations

from kpipe.errors import DataError
from kpipe.model.build import BuiltModel
from kpipe.model.differences import model_differences
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_changed_model(folder: RunFolder, before: BuiltModel, now: BuiltModel) -> None:
    """Refuse to resume with another model.

    Args:
        folder: the run folder of the earlier start.
        before: the model of the earlier spec.
        now: the model of the current spec on the same data.

    Raises:
        DataError: the models differ; the message lists the first differences and their places.
    """
    changes = model_differences(before, now)
    if changes:
        listed = "\n    ".join(changes)
        raise DataError(
            f"{folder.path} contains a run of another model; the differences:\n    {listed}\n"
            "undo the changes, or start again in another folder"
        )
