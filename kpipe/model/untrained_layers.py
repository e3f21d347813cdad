"""The layers of a model through which no gradient has to flow."""

from __future__ import annotations

from typing import Any

from kpipe.components.quiet_import import import_keras
from kpipe.keras_internals import count_outputs, graph_of, run_graph


def untrained_layers(model: Any) -> list[Any]:
    """Return the layers that neither have trainable weights nor depend on a layer that does, in any of their calls.

    Args:
        model: a functional model; the layers inside nested models are returned in place of these.

    Example:
        >>> keras = import_keras()
        >>> layers = [keras.layers.Dense(1, trainable=False, name="a"), keras.layers.Dense(1, name="b")]
        >>> model = keras.Sequential([keras.Input((1,)), *layers, keras.layers.ReLU(name="c")])
        >>> [layer.name for layer in untrained_layers(model)]
        ['a']
    """
    keras = import_keras()
    flows: dict[int, bool] = {}
    layers: dict[int, Any] = {}

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        flags = [entry for entry in keras.tree.flatten((args, kwargs)) if isinstance(entry, _Flow)]
        graph = graph_of(operation)
        if graph is not None:
            return run_graph(graph, flags, call)
        flow = any(flag.is_needed for flag in flags) or bool(getattr(operation, "trainable_variables", ()))
        flows[id(operation)] = flow or flows.get(id(operation), False)
        layers[id(operation)] = operation
        count = count_outputs(operation)
        return _Flow(flow) if count == 1 else [_Flow(flow)] * count

    run_graph(graph_of(model), [_Flow(False) for _ in model.inputs], call)
    return [layer for key, layer in layers.items() if not flows[key] and isinstance(layer, keras.Layer)]


class _Flow:
    """Whether a gradient with respect to a tensor is needed."""

    def __init__(self, is_needed: bool) -> None:
        self.is_needed = is_needed
