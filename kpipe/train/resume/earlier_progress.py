"""How far an earlier start in a run folder has come, and from where it continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpipe.errors import DataError
from kpipe.run_files import RunFile
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.run_folder import RunFolder

_FINISHED = ("completed", "stopped_early")


def finished(folder: RunFolder, epochs: int) -> str | None:
    """Return how the run has ended, if there is nothing to continue; None otherwise.

    Args:
        folder: of the run.
        epochs: `train.epochs` of the spec.

    Raises:
        DataError: it exploded, and would do so again.
    """
    if not (folder / RunFile.RESULT).exists():
        return None
    result = folder.read_json(RunFile.RESULT)
    status, done = result.get("status"), int(result.get("epochs") or 0)
    if status == "exploded":
        raise DataError(
            f"{folder.path}: this run exploded in epoch {done}, and would explode again; change the spec and start "
            "again in another folder"
        )
    if status not in _FINISHED or (status == "completed" and done < epochs):
        return None
    return (
        f"{folder.path}: already finished ({str(status).replace('_', ' ')} after {done} epochs); nothing is left to do"
    )


def saved_state(folder: RunFolder, surroundings: Mapping[str, Any], say: Callable[[str], None]) -> Captured | None:
    """The newest whole state of a run folder; None where none was written.

    Args:
        folder: of the run.
        surroundings: of this process; where they differ, the run continues, but not bit-identical.
        say: receives a line where the run continues, and what is no longer bit-identical.

    Raises:
        DataError: all states are damaged or gone.
    """
    found = Checkpoints(folder / RunFile.CHECKPOINTS).latest(say)
    if found is None:
        done = _epochs_done(folder)
        # A kill between the first epoch's row and the first state leaves one row without a state.
        if done > 1:
            raise DataError(
                f"{folder.path} has the history of {done} epochs, and no state in checkpoint/ to continue from; "
                "restore them, or start again in another folder"
            )
        say(f"no state was saved in {folder.path} yet; the run starts from the beginning")
        return None
    state = Captured(*found)
    before = state.more["surroundings"]
    differing = [
        f"{name} {before.get(name)} -> {value}" for name, value in surroundings.items() if before.get(name) != value
    ]
    if differing:
        say(f"no longer bit-identical to an uninterrupted run: {', '.join(differing)}")
    say(f"continues {state.position.text}")
    return state


def last_epoch_actions(folder: RunFolder, epochs: int, every_epochs: int, callbacks: Sequence[Any]) -> str | None:
    """Return what a finished run did because an epoch was its last; None for nothing.

    Args:
        folder: of the run.
        epochs: where it continues.
        every_epochs: between validations.
        callbacks: of the run.
    """
    if not (folder / RunFile.RESULT).exists() or folder.read_json(RunFile.RESULT).get("status") != "completed":
        return None
    if epochs % every_epochs and (folder / RunFile.HISTORY).exists():
        return f"not bit-identical to a run of all epochs at once: epoch {epochs} was validated because it was the last"
    if any(getattr(callback, "swap_on_epoch", False) for callback in callbacks):
        return (
            f"not bit-identical to a run of all epochs at once: Keras kept the averages as weights after epoch {epochs}"
        )
    return None


def _epochs_done(folder: RunFolder) -> int:
    return len(folder.read_csv(RunFile.HISTORY)) if (folder / RunFile.HISTORY).is_file() else 0
