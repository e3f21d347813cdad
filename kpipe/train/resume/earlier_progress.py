"""The progress of an earlier start in a run folder, and the state to resume from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpipe.errors import DataError
from kpipe.run_files import RunFile
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.run_folder import RunFolder

_FINISHED = ("completed", "stopped_early")


def finished(folder: RunFolder, epochs: Sequence[int]) -> str | None:
    """Return a message about how the run ended if there is nothing to resume; None otherwise.

    Args:
        folder: the run folder.
        epochs: the epochs of each stage of the spec; those of the training if it has no stages.

    Raises:
        DataError: the run exploded, and would explode again.
    """
    if not (folder / RunFile.RESULT).exists():
        return None
    result = folder.read_json(RunFile.RESULT)
    status, done = result.get("status"), int(result.get("epochs") or 0)
    if status == "exploded":
        raise DataError(
            f"{folder.path}: this run exploded in epoch {done}, and would explode again; change the spec, and start "
            "again in another folder"
        )
    # An earlier stage that has stopped early does not make the last one shorter.
    last = done - sum(entry["epochs"] for entry in (result.get("stages") or [])[:-1])
    if status not in _FINISHED or (status == "completed" and last < epochs[-1]):
        return None
    ended = str(status).replace("_", " ")
    return f"{folder.path}: already finished ({ended} after {done} epochs); there is nothing to resume"


def saved_state(folder: RunFolder, environment: Mapping[str, Any], say: Callable[[str], None]) -> Captured | None:
    """Return the newest undamaged state of a run folder; None if none was written.

    Args:
        folder: the run folder.
        environment: the versions and devices of this process; if they differ, the run is no longer bit-identical.
        say: receives a message about the position to resume from, and about differences of the environment.

    Raises:
        DataError: all checkpoints are damaged or missing, or the history has been changed.
    """
    found = Checkpoints(folder / RunFile.CHECKPOINTS).latest(say)
    if found is None:
        done = _epochs_done(folder)
        # A kill between the first row of the history and the first checkpoint leaves one row.
        if done > 1:
            raise DataError(
                f"{folder.path} contains the history of {done} epochs, but no checkpoint in checkpoint/; "
                "restore the checkpoints, or start again in another folder"
            )
        say(f"no checkpoint was saved in {folder.path} yet; the run starts from the beginning")
        return None
    state = Captured(*found)
    History.refuse_changed(folder, state.more["history"])
    before = state.more["surroundings"]
    differing = [
        f"{name} {before.get(name)} -> {value}" for name, value in environment.items() if before.get(name) != value
    ]
    if differing:
        say(f"no longer bit-identical to an uninterrupted run: {', '.join(differing)}")
    say(f"continues {state.position.text}")
    return state


def last_epoch_actions(
    folder: RunFolder, epochs: int, every_epochs: int, callbacks: Sequence[Any], before: int = 0
) -> str | None:
    """Return a message about what a finished run did only because an epoch was its last; None if there is nothing.

    Args:
        folder: the run folder.
        epochs: the number of epochs that have ended.
        every_epochs: the number of epochs between validations.
        callbacks: the callbacks of the run, or of its last stage.
        before: the number of epochs before this stage, default 0.
    """
    if not (folder / RunFile.RESULT).exists() or folder.read_json(RunFile.RESULT).get("status") != "completed":
        return None
    if (epochs - before) % every_epochs and (folder / RunFile.HISTORY).exists():
        return f"not bit-identical to a run of all epochs at once: epoch {epochs} was validated because it was the last"
    if any(getattr(callback, "swap_on_epoch", False) for callback in callbacks):
        return (
            f"not bit-identical to a run of all epochs at once: Keras kept the averages as weights after epoch {epochs}"
        )
    return None


def _epochs_done(folder: RunFolder) -> int:
    return len(folder.read_csv(RunFile.HISTORY)) if (folder / RunFile.HISTORY).is_file() else 0
