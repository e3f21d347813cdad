"""The outputs of layers within a call of a model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True, eq=False)
class RecordedCall:
    """A call of a layer.

    Args:
        path: the path of the layer.
        layer: the layer.
        input: the first tensor that it received, None without one.
        output: the first tensor of floats that it returned.
    """

    path: str
    layer: Any
    input: Any
    output: Any


@contextmanager
def recorded_calls(layers: Mapping[str, Any]) -> Iterator[dict[str, RecordedCall]]:
    """Record the last call of each layer within the block, in the order of their first calls.

    Calls inside of loops, conditionals and other functions that the backend traces separately are not recorded, since
    their tensors do not exist outside of them.

    Args:
        layers: the layers by path.

    Yields:
        The calls by path.
    """
    calls: dict[str, RecordedCall] = {}
    trace = _trace()
    before = [(layer, vars(layer).get("call")) for layer in layers.values()]
    for path, layer in layers.items():
        # Not through Keras, which tracks assignments to attributes.
        vars(layer)["call"] = _recording(path, layer, calls, trace)
    try:
        yield calls
    finally:
        for layer, call in before:
            if call is None:
                del vars(layer)["call"]
            else:
                vars(layer)["call"] = call


def _recording(path: str, layer: Any, calls: dict[str, RecordedCall], trace: Any) -> Callable[..., Any]:
    call = layer.call

    @functools.wraps(call)
    def recording(*args: Any, **kwargs: Any) -> Any:
        outputs = call(*args, **kwargs)
        output = next(filter(_is_float, keras.tree.flatten(outputs)), None)
        if output is not None and _trace() == trace:
            given = next(filter(keras.ops.is_tensor, keras.tree.flatten((args, kwargs))), None)
            calls[path] = RecordedCall(path, layer, given, output)
        return outputs

    return recording


def _is_float(value: Any) -> bool:
    if not keras.ops.is_tensor(value):
        return False
    return bool(keras.backend.is_float_dtype(keras.backend.standardize_dtype(value.dtype)))


def _trace() -> Any:
    """The function that the backend is tracing; functions traced inside of it are other ones."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.compat.v1.get_default_graph()
    from jax.extend import core

    current: Callable[[], Any] = core.get_opaque_trace_state
    return current()
