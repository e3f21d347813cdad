"""Whether an earlier start in a run folder can go on, and from where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kpipe.checks.checked_spec import checked
from kpipe.components.registry.registry import using
from kpipe.components.value_text import shown
from kpipe.data.fingerprint import Fingerprint
from kpipe.errors import DataError, SpecError
from kpipe.model.build import BuiltModel
from kpipe.model.differences import model_differences
from kpipe.spec.reader import read
from kpipe.spec.spec import Spec
from kpipe.spec.yaml_reader import read_text
from kpipe.train.best_weights import BestWeights
from kpipe.train.objective.objective import Objective, decide
from kpipe.train.objective.same_objective import same_objective
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.spec_changes import spec_changes
from kpipe.train.resume.spec_meaning import description_differences, section_differences
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.run_folder import RunFolder, as_json

#: Differences of the data that are listed.
MOST = 10
_FINISHED = ("completed", "stopped_early")
#: Values of which the data and the plan tell whether they mean the same, each with its part of the spec.
_UNDECIDED = re.compile(r"data\.(source\.|max_bad:|max_pixels:)|train\.(choose\.|loss\b|metrics\b|targets\b)")


@dataclass(frozen=True)
class Earlier:
    """The spec of an earlier start, where more than its text must be compared.

    Args:
        spec: as the folder holds it.
        is_other_model: whether its model is written in another way and must be built to be compared.
        undecided: differences of which only the data and the plan tell whether they mean something.
    """

    spec: Spec
    is_other_model: bool
    undecided: list[str]


def refuse_changed_spec(folder: RunFolder, spec: Spec, code: Mapping[str, bytes]) -> Earlier | None:
    """Refuses to go on with a spec that means something else than the folder's, but that `train.epochs` may grow.

    Both are compared by what they mean, see `section_differences`; `train.strategy`, `train.checkpoint`, `data.memory`
    and unused variables have no say.

    Args:
        folder: of the earlier start; nothing is refused where it holds no spec yet.
        spec: the spec, checked.
        code: the files that it imports, by their names in the run folder.

    Returns:
        The folder's spec where its model, or how its data are read and what is measured, is written in another way and
        must be compared later; else None.

    Raises:
        DataError: with every difference; or the folder's spec is damaged.
    """
    path = folder / "spec.yaml"
    if not path.exists():
        return None
    try:
        before = read(path)
        texts = spec_changes(before.tree.plain(), read_text(spec.dump(_names(spec)), "the spec").plain())
        if not texts:
            changes = _code_changes(folder, before, code)
        else:
            before = checked(path)
            with using(before.code.in_use):
                changes = section_differences(before, spec)
            changes = [*_top_level_changes(before, spec), *changes, *_code_changes(folder, before, code)]
    except SpecError as error:
        raise DataError(f"the spec of the run in {folder.path} is damaged, or not valid any more:\n{error}") from error
    if any(not _UNDECIDED.match(change) for change in changes):
        raise _other_spec(folder, changes)
    is_other_model = any(change.path.partition(".")[0] in ("model", "blocks", "vars") for change in texts)
    return Earlier(before, is_other_model, changes) if is_other_model or changes else None


def refuse_other_meaning(
    folder: RunFolder,
    earlier: Earlier,
    objective: Objective,
    chosen: BestWeights,
    model: keras.Model,
    names: Sequence[str],
) -> None:
    """Refuses to go on where the loss, the metrics or the figure to choose by are others than in the earlier spec.

    Args:
        folder: of the earlier start.
        earlier: its spec, with what is undecided.
        objective: of the present spec.
        chosen: likewise.
        model: the model that is trained.
        names: the figures that the training gives.

    Raises:
        DataError: with the values that differ.
    """
    targets = {name: item.target for name, item in objective.targets.items()}
    changes = []
    for text in earlier.undecided:
        if text.startswith("train.choose"):
            before = BestWeights.from_spec(earlier.spec.train.choose, names, earlier.spec.place)
            is_same = (before.monitor, before.mode) == (chosen.monitor, chosen.mode)
        elif text.startswith("train"):
            is_same = same_objective(decide(earlier.spec.train, model, targets, earlier.spec.place), objective)
        else:
            continue
        if not is_same:
            changes.append(text)
    if changes:
        raise _other_spec(folder, changes)


def refuse_other_source(folder: RunFolder, earlier: Earlier, description: Mapping[str, Any]) -> None:
    """Refuses another way to read the data, unless all that was read is compared.

    Args:
        folder: of the earlier start.
        earlier: its spec, with what is undecided.
        description: of the data, as `data.json` holds it.

    Raises:
        DataError: with the arguments of the source that differ.
    """
    changes = [text for text in earlier.undecided if text.startswith("data.source")]
    if not changes:
        return
    before = folder.read_json("data.json") if (folder / "data.json").exists() else {}
    known = before.get("fingerprint")
    is_whole = isinstance(known, dict) and known.get("inputs") is not None
    if not is_whole or any(list(before[key]) != list(description[key]) for key in ("inputs", "targets")):
        raise _other_spec(folder, changes)


def _other_spec(folder: RunFolder, changes: Sequence[str]) -> DataError:
    listed = "\n    ".join(changes)
    return DataError(
        f"{folder.path} holds a run of another spec; with --resume only train.epochs may grow. What differs:\n"
        f"    {listed}\nundo the changes, or start again in another folder"
    )


def refuse_changed_model(folder: RunFolder, before: BuiltModel, now: BuiltModel) -> None:
    """Refuses to go on with another model.

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
            f"{folder.path} holds a run of another model. What differs:\n    {listed}\n"
            "undo the changes, or start again in another folder"
        )


def refuse_changed_data(
    folder: RunFolder, description: Mapping[str, Any], fingerprint: Fingerprint, say: Callable[[str], None]
) -> None:
    """Refuses to go on with data that are not those of the earlier start.

    Args:
        folder: nothing is refused where it does not know its data yet.
        description: of the data, as `data.json` holds it.
        fingerprint: of the data.
        say: is told where only a part of the data was compared.

    Raises:
        DataError: with every difference.
    """
    path = folder / "data.json"
    if not path.exists():
        return
    before = folder.read_json("data.json")
    known = before.pop("fingerprint", None)
    now = json.loads(as_json(description))
    # It decides which images are left out, which labels and parts show; the ones that are read do not depend on it.
    for described in (before, now):
        described.pop("max_pixels", None)
    changes = description_differences(before, now, known_only=isinstance(known, str))
    if isinstance(known, str):
        changes += ["labels, or values of the inputs"] if known != fingerprint.of_format_1() else []
    elif isinstance(known, dict):
        changes += fingerprint.differences(known, say)
    else:
        raise DataError(f"{path} is damaged: it has no fingerprint; start again in another folder")
    if changes:
        more = [f"and {len(changes) - MOST} more"] if len(changes) > MOST else []
        listed = "\n    ".join([*changes[:MOST], *more])
        raise DataError(
            f"the data differ from those that {path} describes, so the run cannot go on as it would have. What "
            f"differs:\n    {listed}\nbring the earlier data back, or start again in another folder"
        )


def _names(spec: Spec) -> dict[str, str]:
    """What a run folder's spec says in place of the files under `imports`."""
    entries = spec.code.entries if spec.code is not None else ()
    return {entry.path: f"imports/{entry.file.name}" for entry in entries if entry.file is not None}


def _top_level_changes(before: Spec, now: Spec) -> list[str]:
    pairs = {"name": (before.name, now.name), "seed": (before.seed, now.seed)}
    if now.train.epochs < before.train.epochs:
        pairs["train.epochs"] = (before.train.epochs, now.train.epochs)
    packages = [sorted(entry.name for entry in spec.code.entries if entry.file is None) for spec in (before, now)]
    pairs["imports"] = (packages[0], packages[1])
    return [f"{path}: {shown(old)} -> {shown(new)}" for path, (old, new) in pairs.items() if old != new]


def _code_changes(folder: RunFolder, before: Spec, code: Mapping[str, bytes]) -> list[str]:
    found = [
        f"{name}: the code has changed"
        for name, content in code.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    listed = before.tree.entries["imports"].plain() or []
    gone = [name for name in listed if str(name).startswith("imports/") and name not in code]
    return found + [f"{name}: it is not imported any more" for name in gone]


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
