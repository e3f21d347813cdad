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
from kpipe.messages.call_argument import call_argument
from kpipe.train.callbacks.keras_history import history_names, is_keras_history

#: Attributes that are set at the start of each training.
_SET_BY_TRAINING = {CALLBACK_MODEL, "model", "params", "validation_data"}
#: Attributes that every `StepCallback` has.
_STEP_CALLBACK_ATTRIBUTES = frozenset(vars(StepCallback()))


def callback_state(callback: Any) -> dict[str, Any]:
    """Return the state of a callback for a checkpoint.

    For a callback with the methods `get_state` and `set_state`, this is what `get_state` returns. For other
    callbacks, these are the attributes with plain values: numbers, strings, arrays, tensors, and lists and dicts of
    them.

    Returns:
        The values; tensors are converted to NumPy arrays.

    Raises:
        DataError: `get_state` returns other values.

    Example:
        >>> stopping = keras.callbacks.EarlyStopping(patience=3)
        >>> callback_state(stopping)["patience"]
        3
    """
    if hasattr(callback, "get_state"):
        state = _plain(callback.get_state())
        if state is _NOT_PLAIN:
            raise DataError(
                f"{type(callback).__name__}.get_state returns a value that a checkpoint cannot store; expected "
                "numbers, strings, arrays, and lists and dicts of them"
            )
        return {"own": state, **(_attributes(callback) if _declares_variables_only(callback) else {})}
    if is_keras_history(callback):
        return history_names(callback)
    found = _attributes(callback)
    if path := _growing_file(callback):
        found["file size"] = path.stat().st_size if path.exists() else 0
    return found


def _declares_variables_only(callback: Any) -> bool:
    """Return whether `get_state` only returns variables, so that the attributes have to be stored too."""
    return isinstance(callback, StepCallback) and type(callback).get_state is StepCallback.get_state


def _attributes(callback: Any) -> dict[str, Any]:
    """Return the plain values of a callback by attribute name."""
    skipped = _SET_BY_TRAINING | keras_facts(callback).set_when_opened
    if isinstance(callback, StepCallback):
        variables = {name for name, value in vars(callback).items() if isinstance(value, keras.Variable)}
        skipped |= _STEP_CALLBACK_ATTRIBUTES | variables
    values = {name: _plain(value) for name, value in vars(callback).items() if name not in skipped}
    return {name: value for name, value in values.items() if value is not _NOT_PLAIN}


def unknown_state(callback: Any) -> list[str]:
    """Return the attributes of a custom callback that are neither plain values, functions nor Keras objects."""
    has_own_state = hasattr(callback, "get_state") and not _declares_variables_only(callback)
    if has_own_state or not is_custom(callback):
        return []
    skipped = _SET_BY_TRAINING | _STEP_CALLBACK_ATTRIBUTES if isinstance(callback, StepCallback) else _SET_BY_TRAINING
    return [
        name
        for name, value in vars(callback).items()
        if name not in skipped
        and _plain(value) is _NOT_PLAIN
        and not isinstance(value, _KERAS_OBJECTS)
        and not callable(value)
    ]


def lost_state(callback: Any) -> list[str]:
    """Return messages about the attributes of a callback that a checkpoint cannot store."""
    names = unknown_state(callback)
    if not names:
        return []
    return [
        f"{type(callback).__name__}: a checkpoint cannot store {', '.join(names)}, so that {call_argument('resume')} "
        "resets them; add the methods get_state and set_state to the class"
    ]


def discard_files(callback: Any, folder: Path) -> None:
    """Remove the file that a callback appends to, after a start that was killed before its first checkpoint."""
    path = _growing_file(callback)
    if path is not None and folder.resolve() in path.resolve().parents:
        path.unlink(missing_ok=True)


def before_training(callback: Any, state: Mapping[str, Any]) -> None:
    """Prepare a callback for `on_train_begin`: truncate the file that it appends to, and do not overwrite it."""
    path = _growing_file(callback)
    if path is not None and path.exists() and "file size" in state:
        with path.open("r+b") as file:
            file.truncate(int(state["file size"]))
        callback.append = callback.append or state["file size"] > 0


def restore_callback(callback: Any, state: Mapping[str, Any]) -> None:
    """Restore the state that `callback_state` returned; that of Keras' `History` by `restore_keras_history`."""
    if is_keras_history(callback) and "names" in state:
        return
    if "own" in state:
        callback.set_state(state["own"])
        state = {name: value for name, value in state.items() if name != "own"}
    elif getattr(callback, "monitor_op", ...) is None and "monitor_op" not in state:
        # Keras sets the direction at the end of the first epoch, and changes the sign of `min_delta` with it.
        set_monitor_direction(callback)
    arguments = {} if is_custom(callback) else inspect.signature(type(callback)).parameters
    for name, value in state.items():
        now = getattr(callback, name, None)
        # Paths are those of the current spec, since the run folder may have been moved.
        is_place = isinstance(value, str) and (name in arguments or _is_moved(value, now))
        # An attribute that contains an object now, such as an open file, is not overwritten.
        if name != "file size" and not is_place and _plain(now) is not _NOT_PLAIN:
            _assign(callback, name, now, value)


def _is_moved(value: str, now: Any) -> bool:
    """Return whether two paths are those of the same file in two folders."""
    return isinstance(now, str) and Path(value).is_absolute() and Path(value).name == Path(now).name


def _assign(callback: Any, name: str, now: Any, value: Any) -> None:
    """Set an attribute, and keep the type of its container."""
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


_NOT_PLAIN = object()
#: Objects that belong to the training, not to a callback.
_KERAS_OBJECTS = (
    keras.Model,
    keras.layers.Layer,
    keras.metrics.Metric,
    keras.losses.Loss,
    keras.optimizers.Optimizer,
    TrainingSession,
)


def _plain(value: Any) -> Any:
    """Return a plain value, with tensors as NumPy arrays; `_NOT_PLAIN` for any other value."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return value.copy() if value.dtype.kind in "biufcSU" else _NOT_PLAIN
    if isinstance(value, np.generic):
        return value
    if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
        return np.array(value)
    if isinstance(value, list | tuple):
        entries = [_plain(entry) for entry in value]
        base = tuple if isinstance(value, tuple) else list
        return _NOT_PLAIN if any(entry is _NOT_PLAIN for entry in entries) else base(entries)
    if isinstance(value, dict):
        pairs = {key: _plain(entry) for key, entry in value.items()}
        is_plain = all(isinstance(key, str | int) for key in pairs) and all(e is not _NOT_PLAIN for e in pairs.values())
        return pairs if is_plain else _NOT_PLAIN
    return _NOT_PLAIN
