"""The check, before the training, that a saved model can be loaded again."""

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
from kpipe.train.devices.process_state import isolated_state

_LARGE = 1_000_000
_REMEDY = "get_config must return the arguments of the class, and from_config must accept them"


def check_serialization(model: keras.Model, layers: Sequence[tuple[Any, Node]], place: Place) -> None:
    """Rebuild the model from its configuration in Keras' safe mode, as `predict` does in another process.

    Args:
        model: the model that will be saved.
        layers: the layers of the spec, each with its node.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: the model cannot be loaded, or has other weights after loading; reported at the layer that is the
            cause, if it is known.
    """
    with isolated_state(), keras.device("cpu:0"), warnings.catch_warnings():
        # Keras repeats its warnings about a class when the model is loaded.
        warnings.simplefilter("ignore")
        reason = _loading_error(model)
        found = ((layer, node, _loading_error(layer, is_called=True)) for layer, node in (layers if reason else ()))
        cause = next((entry for entry in found if entry[2] is not None), None)
        if model.count_params() > _LARGE:
            # The second model contains reference cycles.
            gc.collect()
    if cause is not None:
        layer, node, reason = cause
        raise SpecError([problem_at(node, _message(type(layer).__name__, reason))])
    if reason is not None:
        raise SpecError([Problem(place("model"), "model", _message("the model", reason))])


def _message(what: str, reason: str | None) -> str:
    return f"{what} cannot be loaded again from model.keras: {reason}"


def _loading_error(layer: Any, is_called: bool = False) -> str | None:
    """Return why a layer cannot be restored from its configuration or called afterwards; None if it can."""
    try:
        with object_sharing_scope():
            config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
        unknown = next(_unregistered(config), None)
        if unknown is not None:
            return (
                f"its {unknown} is not registered, so that another process cannot find it; decorate it with "
                "@keras.saving.register_keras_serializable()"
            )
        with object_sharing_scope():
            restored = keras.saving.deserialize_keras_object(config, safe_mode=True)
        if is_called and (inputs := _inputs_of(layer)) is not None:
            restored(inputs)
    except MemoryError:
        raise
    except Exception as error:
        # Custom code can raise any error, which it would raise again when the model is loaded.
        return f"{_reason(error)}; {_REMEDY}"
    return _difference(layer, restored)


def _unregistered(config: Any) -> Iterator[str]:
    """Yield the classes and functions of imported files that another process cannot find."""
    if isinstance(config, dict):
        is_found = config.get("registered_name") in keras.saving.get_custom_objects()
        if IMPORTED_FILE.match(str(config.get("module") or "")) and not is_found:
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
    counts = f"expected {len(before)} weights, got {len(after)} ({', '.join(shown)})"
    return f"it has other weights after loading; {counts}; {_REMEDY}"


def _inputs_of(layer: Any) -> Any:
    """Return tensors of the shapes with which a layer was first called; None if it cannot be called on them."""
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
