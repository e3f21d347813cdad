"""The complete state of a training, from which it resumes exactly."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import global_seed_state, set_global_seed_state
from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.callback_state import callback_state, restore_callback
from kpipe.train.devices.training_variables import read_variable, training_variables, write_variable
from kpipe.train.resume.checkpoint_mismatch import CheckpointMismatchError
from kpipe.train.resume.checkpoints import Position
from kpipe.train.resume.nested_arrays import Array, packed, unpacked
from kpipe.train.stages.stage_record import StageRecord


def capture(
    model: keras.Model, callbacks: Sequence[Any], best_weights: BestWeights, position: Position, more: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the state of a training between two steps.

    Args:
        model: a compiled model whose optimizer and metrics are built.
        callbacks: all callbacks, in their order.
        best_weights: the weights that are best so far.
        position: the position of the training.
        more: further plain values.

    Returns:
        A description for JSON, and the arrays to which it refers.
    """
    arrays: dict[str, Array] = {}
    variables = training_variables(model)
    values = {
        "position": asdict(position),
        "variables": [read_variable(variable) for variable in variables],
        "callbacks": [[type(callback).__name__, callback_state(callback)] for callback in callbacks],
        "chooser": best_weights.state(),
        "random": {"python": _python_random(), "numpy": _numpy_random(), "keras": _keras_random()},
        "more": dict(more),
    }
    description = {"state": packed(values, arrays, "state"), "paths": [variable.path for variable in variables]}
    return description, arrays


class Captured:
    """A state that was read from a checkpoint.

    Args:
        description: the description that `capture` returned.
        arrays: the arrays that `capture` returned.
    """

    def __init__(self, description: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._paths: list[str] = description["paths"]
        self._values = unpacked(description["state"], arrays)
        self.position = Position(**self._values["position"])
        self.more: dict[str, Any] = self._values["more"]
        #: What the stages before the one of the position have done.
        self.stages = [StageRecord(**entry) for entry in self.more.get("stages", [])]
        self.callbacks: list[tuple[str, dict[str, Any]]] = [(name, state) for name, state in self._values["callbacks"]]

    def check(self, model: keras.Model, callbacks: Sequence[Any]) -> None:
        """Refuse a model or callbacks that differ from those of the checkpoint.

        Raises:
            CheckpointMismatchError: they differ; the message reports the first difference.
        """
        variables = training_variables(model)
        shapes = [tuple(values[0].shape) for values in self._values["variables"]]
        paths = [variable.path for variable in variables]
        names = zip(_plain_names(paths), _plain_names(self._paths), strict=False)
        for variable, path, shape, (name, before) in zip(variables, self._paths, shapes, names, strict=False):
            if tuple(variable.shape) != shape or name != before:
                difference = f"expected {variable.path} {list(variable.shape)}, got {path} {list(shape)}"
                raise CheckpointMismatchError(f"the checkpoint belongs to another model: {difference}")
        if len(variables) != len(shapes):
            difference = f"expected {len(variables)} variables, got {len(shapes)}"
            raise CheckpointMismatchError(f"the checkpoint belongs to another model: {difference}")
        given, kept = [type(entry).__name__ for entry in callbacks], [name for name, _ in self.callbacks]
        if given != kept:
            raise CheckpointMismatchError(
                f"the checkpoint belongs to other callbacks; expected {', '.join(given)}, got {', '.join(kept)}"
            )

    def restore(self, model: keras.Model, callbacks: Sequence[Any], best_weights: BestWeights) -> None:
        """Restore the state; call `check` before."""
        for variable, values in zip(training_variables(model), self._values["variables"], strict=True):
            write_variable(variable, values)
        for callback, (_, state) in zip(callbacks, self.callbacks, strict=True):
            restore_callback(callback, state)
        best_weights.set_state(self._values["chooser"])
        _restore_random(self._values["random"])


def _plain_names(paths: Sequence[str]) -> list[str]:
    """Return the last part of each path, without layer names and without the numbers that Keras adds.

    Layer names change when a block is renamed, and the numbers depend on the order of creation. The name of an
    optimizer's variable begins with the path of the weight to which it belongs.
    """
    beginnings = {path.replace("/", "_") for path in paths}
    return [_plain_name(path.rpartition("/")[2], beginnings) for path in paths]


def _plain_name(name: str, beginnings: set[str]) -> str:
    ends = [number for number, letter in enumerate(name) if letter == "_" and name[:number] in beginnings]
    return re.sub(r"_\d+", "", name[ends[-1] + 1 :] if ends else name)


def _python_random() -> Any:
    version, words, gauss = random.getstate()
    return (version, np.array(words, np.uint32), gauss)


def _numpy_random() -> Any:
    name, words, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return (name, np.array(words), int(position), int(has_gauss), float(gauss))


def _keras_random() -> Any:
    state = global_seed_state()
    return None if state is None else np.array(state)


def _restore_random(state: Mapping[str, Any]) -> None:
    set_global_seed_state(state["keras"])
    # Last, since a new seed generator of Keras draws from that of Python.
    version, words, gauss = state["python"]
    random.setstate((version, tuple(int(word) for word in words), gauss))
    np.random.set_state(state["numpy"])
