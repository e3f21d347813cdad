"""The state of callbacks in checkpoints."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from kpipe_callbacks import StepCallback
from kpipe_callbacks.training_session import TrainingSession

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.components.inspection.keras_callbacks import keras_facts
from kpipe.errors import DataError
from kpipe.keras_internals import CALLBACK_MODEL, set_monitor_direction

#: What a callback is given at the start of each training.
_SET_BY_TRAINING = {CALLBACK_MODEL, "model", "params", "validation_data"}
#: What a `StepCallback` has by itself.
_STEP_CALLBACK_ATTRIBUTES = frozenset(vars(StepCallback()))


def callback_state(callback: Any) -> dict[str, Any]:
    """What a callback remembers.

    A callback with the methods `get_state` and `set_state` says so itself. Of any other one, Keras' own among them,
    these are its attributes that contain plain values: numbers, strings, arrays, tensors, and lists and dicts of them.

    Returns:
        The values; arrays and tensors as NumPy arrays.

    Raises:
        DataError: `get_state` returns anything else.

    Example:
        >>> stopping = keras.callbacks.EarlyStopping(patience=3)
        >>> callback_state(stopping)["patience"]
        3
    """
    if hasattr(callback, "get_state"):
        own = _plain(callback.get_state())
        if own is _OTHER:
            raise DataError(
                f"{type(callback).__name__}.get_state returns what a checkpoint cannot store; expected numbers, "
                "strings, arrays, and lists and dicts of them"
            )
        return {"own": own, **(_attributes(callback) if _declares_variables_only(callback) else {})}
    found = _attributes(callback)
    if path := _growing_file(callback):
        found["file size"] = path.stat().st_size if path.exists() else 0
    return found


def _declares_variables_only(callback: Any) -> bool:
    """Whether the attributes of a callback are part of its state besides its variables."""
    return isinstance(callback, StepCallback) and type(callback).get_state is StepCallback.get_state


def _attributes(callback: Any) -> dict[str, Any]:
    """The plain values of a callback, by attribute."""
    skipped = _SET_BY_TRAINING | keras_facts(callback).set_when_opened
    if isinstance(callback, StepCallback):
        variables = {name for name, value in vars(callback).items() if isinstance(value, keras.Variable)}
        skipped |= _STEP_CALLBACK_ATTRIBUTES | variables
    values = {name: _plain(value) for name, value in vars(callback).items() if name not in skipped}
    return {name: value for name, value in values.items() if value is not _OTHER}


def unknown_state(callback: Any) -> list[str]:
    """The attributes of a custom callback that are neither plain values nor functions nor Keras' objects."""
    has_own_state = hasattr(callback, "get_state") and not _declares_variables_only(callback)
    if has_own_state or not is_custom(callback):
        return []
    skipped = _SET_BY_TRAINING | _STEP_CALLBACK_ATTRIBUTES if isinstance(callback, StepCallback) else _SET_BY_TRAINING
    return [
        name
        for name, value in vars(callback).items()
        if name not in skipped
        and _plain(value) is _OTHER
        and not isinstance(value, _KERAS_OBJECTS)
        and not callable(value)
    ]


def lost_state(callback: Any) -> list[str]:
    """What a checkpoint cannot store of a callback, as a line for the user; empty where it stores all of it."""
    names = unknown_state(callback)
    if not names:
        return []
    return [
        f"{type(callback).__name__}: a checkpoint cannot store {', '.join(names)}; they start from scratch after "
        "--resume, unless the class has the methods get_state and set_state"
    ]


def discard_files(callback: Any, folder: Path) -> None:
    """Removes what a killed start has written into a file of the run folder that grows."""
    path = _growing_file(callback)
    if path is not None and folder.resolve() in path.resolve().parents:
        path.unlink(missing_ok=True)


def before_training(callback: Any, state: Mapping[str, Any]) -> None:
    """What must happen before `on_train_begin`: a file that grows is cut back to what it was, and not overwritten."""
    path = _growing_file(callback)
    if path is not None and path.exists() and "file size" in state:
        with path.open("r+b") as file:
            file.truncate(int(state["file size"]))
        callback.append = callback.append or state["file size"] > 0


def restore_callback(callback: Any, state: Mapping[str, Any]) -> None:
    """Gives a callback what `callback_state` returned."""
    if "own" in state:
        callback.set_state(state["own"])
        state = {name: value for name, value in state.items() if name != "own"}
    elif getattr(callback, "monitor_op", ...) is None and "monitor_op" not in state:
        # Keras sets the direction at the first epoch's end, and turns the sign of `min_delta` with it.
        set_monitor_direction(callback)
    given = {} if is_custom(callback) else inspect.signature(type(callback)).parameters
    for name, value in state.items():
        now = getattr(callback, name, None)
        # Where it writes is what the spec says now: the run folder may have been moved.
        is_place = isinstance(value, str) and (name in given or _is_moved(value, now))
        # What has become an object, such as a file that was opened, is not undone.
        if name != "file size" and not is_place and _plain(now) is not _OTHER:
            _assign(callback, name, now, value)


def _is_moved(value: str, now: Any) -> bool:
    """Whether two paths are the same file in two folders."""
    return isinstance(now, str) and Path(value).is_absolute() and Path(value).name == Path(now).name


def _assign(callback: Any, name: str, now: Any, value: Any) -> None:
    """Gives an attribute its value, in a container of the kind that it has."""
    if hasattr(now, "assign"):
        now.assign(value)
    elif isinstance(now, tuple) and hasattr(now, "_fields"):
        setattr(callback, name, type(now)(*value))
    elif isinstance(now, dict) and type(now) is not dict:
        now.clear()
        now.update(value)
    else:
        setattr(callback, name, value)


def _growing_file(callback: Any) -> Path | None:
    attribute = keras_facts(callback).appended_file
    return Path(getattr(callback, attribute)) if attribute else None


_OTHER = object()
#: What belongs to the training, not to a callback.
_KERAS_OBJECTS = (
    keras.Model,
    keras.layers.Layer,
    keras.metrics.Metric,
    keras.losses.Loss,
    keras.optimizers.Optimizer,
    TrainingSession,
)


def _plain(value: Any) -> Any:
    """The value where it is plain, `_OTHER` where it is anything else."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return value.copy() if value.dtype.kind in "biufcSU" else _OTHER
    if isinstance(value, np.generic):
        return value
    if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
        return np.array(value)
    if isinstance(value, list | tuple):
        entries = [_plain(entry) for entry in value]
        base = tuple if isinstance(value, tuple) else list
        return _OTHER if any(entry is _OTHER for entry in entries) else base(entries)
    if isinstance(value, dict):
        pairs = {key: _plain(entry) for key, entry in value.items()}
        known = all(isinstance(key, str | int) for key in pairs) and all(e is not _OTHER for e in pairs.values())
        return pairs if known else _OTHER
    return _OTHER
