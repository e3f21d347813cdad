"""Whether an earlier start in a run folder can go on, and from where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpipe.errors import DataError
from kpipe.spec.yaml_reader import read_file, read_text
from kpipe.train.checkpoints import Checkpoints
from kpipe.train.run_folder import RunFolder, as_json
from kpipe.train.spec_changes import spec_changes
from kpipe.train.training_state import Captured

_FINISHED = ("completed", "stopped_early")


def refuse_changed_spec(folder: RunFolder, dumped: str, code: Mapping[str, bytes]) -> None:
    """Refuses to go on with a spec that is not the folder's, unless only `train.epochs` grew.

    Args:
        folder: of the earlier start; nothing is refused where it holds no spec yet.
        dumped: the resolved spec as the run folder would hold it.
        code: the files that it imports, by their names in the run folder.

    Raises:
        DataError: with every difference.
    """
    path = folder / "spec.yaml"
    if not path.exists():
        return
    before = read_file(path).plain()
    if not isinstance(before, dict):
        raise DataError(f"{path} is damaged: it holds no spec; start anew in another folder")
    changes = [str(change) for change in spec_changes(before, read_text(dumped, "the spec").plain())]
    for name, content in code.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            changes.append(f"{name}: the code has changed")
    if changes:
        listed = "\n    ".join(changes)
        raise DataError(
            f"{folder.path} holds a run of another spec; with --resume only train.epochs may grow. What differs:\n"
            f"    {listed}\nundo the changes, or start anew in another folder"
        )


def refuse_changed_data(folder: RunFolder, description: Mapping[str, Any]) -> None:
    """Refuses to go on with data that are not those of the earlier start.

    Args:
        folder: nothing is refused where it does not know its data yet.
        description: of the data, as `data.json` holds it.

    Raises:
        DataError: the descriptions differ.
    """
    path = folder / "data.json"
    now = json.loads(as_json(description))
    if path.exists() and {**now, "max_pixels": None} != {**folder.read_json("data.json"), "max_pixels": None}:
        raise DataError(
            f"the data differ from those that {path} describes, so the run cannot go on as it would have: bring the "
            "earlier data back, or start anew in another folder"
        )


def finished(folder: RunFolder, epochs: int) -> str | None:
    """How the run has ended, if there is nothing to go on with; None otherwise.

    Args:
        folder: of the run.
        epochs: `train.epochs` of the spec.

    Raises:
        DataError: it exploded, and would do so again.
    """
    if not (folder / "result.json").exists():
        return None
    result = folder.read_json("result.json")
    status, done = result.get("status"), int(result.get("epochs") or 0)
    if status == "exploded":
        raise DataError(
            f"{folder.path}: this run exploded in epoch {done}, and would do so again; change the spec and start again "
            "in another folder"
        )
    if status not in _FINISHED or (status == "completed" and done < epochs):
        return None
    return (
        f"{folder.path}: finished already ({str(status).replace('_', ' ')} after {done} epochs); nothing is left to do"
    )


def saved_state(folder: RunFolder, surroundings: Mapping[str, Any], say: Callable[[str], None]) -> Captured | None:
    """The newest whole state of a run folder; None where none was written.

    Args:
        folder: of the run.
        surroundings: of this process; where they differ, the run goes on, and no longer to the bit.
        say: is told where the run goes on, and what is no longer bit-equal.

    Raises:
        DataError: all states are damaged or gone.
    """
    found = Checkpoints(folder / "checkpoint").latest(say)
    if found is None:
        done = _epochs_done(folder)
        # A kill between the first epoch's row and the first state leaves one row without a state.
        if done > 1:
            raise DataError(
                f"{folder.path} has the history of {done} epochs, and no state in checkpoint/ to go on from; bring the "
                "states back, or start anew in another folder"
            )
        say(f"no state was saved in {folder.path} yet; the run starts from the beginning")
        return None
    state = Captured(*found)
    before = state.more["surroundings"]
    differing = [
        f"{name} {before.get(name)} -> {value}" for name, value in surroundings.items() if before.get(name) != value
    ]
    if differing:
        say(f"not bit-equal to an unbroken run any more: {', '.join(differing)}")
    say(f"goes on {state.position.text}")
    return state


def last_epoch_actions(folder: RunFolder, epochs: int, every_epochs: int, callbacks: Sequence[Any]) -> str | None:
    """What a finished run did since an epoch was its last, where it goes on after it; None for nothing.

    Args:
        folder: of the run.
        epochs: where it goes on.
        every_epochs: between validations.
        callbacks: of the run.
    """
    if not (folder / "result.json").exists() or folder.read_json("result.json").get("status") != "completed":
        return None
    if epochs % every_epochs and (folder / "history.csv").exists():
        return f"not bit-equal to a run of all epochs at once: epoch {epochs} was validated because it was the last"
    if any(getattr(callback, "swap_on_epoch", False) for callback in callbacks):
        return f"not bit-equal to a run of all epochs at once: Keras kept the averages as weights after epoch {epochs}"
    return None


def _epochs_done(folder: RunFolder) -> int:
    return len(folder.read_csv("history.csv")) if (folder / "history.csv").is_file() else 0
