"""Whether the model that a run will save can be loaded again, checked before the training."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from kpipe.components.inspection.custom_classes import IMPORTED_FILE
from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import object_sharing_scope
from kpipe.messages.keras_reason import keras_reason
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.spec.refusal import Place
from kpipe.train.devices.process_state import beside

_LARGE = 1_000_000
_REMEDY = "get_config must return the arguments of the class, and from_config must accept them"


def check_serialization(model: keras.Model, layers: Sequence[tuple[Any, Node]], place: Place) -> None:
    """Build the model again from its configuration, as `predict` does in another process, in Keras' safe mode.

    Args:
        model: the model that will be saved.
        layers: those that the spec lists, each with its place.
        place: from a dotted path of the spec to its mark.

    Raises:
        SpecError: it cannot be opened, or has other weights then; at the layer that is the cause where it is known.
    """
    with beside(), keras.device("cpu:0"), warnings.catch_warnings():
        # Keras repeats its warnings about a class when the model is loaded.
        warnings.simplefilter("ignore")
        reason = _fault(model)
        found = ((layer, node, _fault(layer, is_called=True)) for layer, node in (layers if reason else ()))
        cause = next((entry for entry in found if entry[2] is not None), None)
        if model.count_params() > _LARGE:
            # The second model is full of references to itself.
            gc.collect()
    if cause is not None:
        layer, node, own = cause
        raise SpecError([problem_at(node, _message(type(layer).__name__, own))])
    if reason is not None:
        raise SpecError([Problem(place("model"), "model", _message("the model", reason))])


def _message(what: str, reason: str | None) -> str:
    return f"{what} cannot be loaded again from model.keras: {reason}"


def _fault(layer: Any, is_called: bool = False) -> str | None:
    """Why a layer cannot be restored from its configuration, or called then as it was; None if it can."""
    try:
        with object_sharing_scope():
            config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
        unknown = next(_unregistered(config), None)
        if unknown is not None:
            return (
                f"its {unknown} is known in this process alone; decorate it with "
                "@keras.saving.register_keras_serializable()"
            )
        with object_sharing_scope():
            restored = keras.saving.deserialize_keras_object(config, safe_mode=True)
        if is_called and (inputs := _inputs_of(layer)) is not None:
            restored(inputs)
    except MemoryError:
        raise
    except Exception as error:
        # Whatever the code of a class raises here, it would raise when the model is opened.
        return f"{_reason(error)}; {_REMEDY}"
    return _difference(layer, restored)


def _unregistered(config: Any) -> Iterator[str]:
    """The classes and functions of imported files that another process does not find."""
    if isinstance(config, dict):
        name = str(config.get("registered_name") or "")
        if IMPORTED_FILE.match(str(config.get("module") or "")) and ">" not in name:
            yield str(config.get("class_name"))
        for entry in config.values():
            yield from _unregistered(entry)
    elif isinstance(config, list):
        for entry in config:
            yield from _unregistered(entry)


def _difference(layer: Any, restored: Any) -> str | None:
    if not isinstance(layer, keras.Layer) or not layer.built:
        return None
    before, after = ([tuple(weight.shape) for weight in entry.weights] for entry in (layer, restored))
    if before == after or not restored.built:
        return None
    shown = [str(shape) for shape in before if shape not in after][:3] or [str(shape) for shape in after][:3]
    return f"it has {len(before)} weights, and {len(after)} once it is loaded ({', '.join(shown)}); {_REMEDY}"


def _inputs_of(layer: Any) -> Any:
    """Tensors of the shapes on which a layer was called first; None where it has several by name."""
    try:
        tensors = layer.input
        inputs = keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, tensor.dtype), tensors)
        layer.compute_output_spec(inputs)
    except Exception:
        return None
    return inputs


def _reason(error: Exception) -> str:
    reason = keras_reason(error)
    is_plain = isinstance(error, TypeError | ValueError) or reason == type(error).__name__
    return reason if is_plain else f"{type(error).__name__}: {reason}"
