"""The check of the first call of a model against the shapes and weights that its layers announced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from kpipe.errors import KpipeError, Problem, SpecError
from kpipe.keras_internals import calls_of, output_spec
from kpipe.messages.keras_reason import keras_reason
from kpipe.model.names import LayerLabel
from kpipe.spec.refusal import Place, refusal


@contextmanager
def check_first_call(model: keras.Model, labels: Mapping[str, LayerLabel], place: Place) -> Iterator[None]:
    """Check the first call of a model, within the block, for new weights and unannounced shapes.

    A layer that announces the shape of its output is not called when the model is built. The optimizer only has the
    weights that existed then.

    Args:
        model: a compiled model whose optimizer is built.
        labels: the places of the layers in the spec, by layer name.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a layer creates weights during the call, or its output does not have the announced shape.

    Example:
        >>> from kpipe.spec.refusal import nowhere
        >>> inputs = keras.Input((2,))
        >>> layer = keras.layers.Dense(3, activation=keras.layers.PReLU(name="b"), name="a")
        >>> model = keras.Model(inputs, layer(inputs))
        >>> try:
        ...     with check_first_call(model, {}, nowhere):
        ...         outputs = model(keras.ops.ones((1, 2)))
        ... except SpecError as error:
        ...     print(str(error)[:59])
        model: a creates the weight b/alpha only when it is called,
    """
    before = {id(weight) for weight in model.weights}
    try:
        yield
    except KpipeError:
        raise
    except Exception as error:
        fault = _unannounced(model)
        if fault is None:
            raise
        raise _error(*fault, labels, place) from error
    late = {id(weight): weight for weight in model.weights if id(weight) not in before}
    for layer in model.layers:
        found = [late[id(weight)] for weight in layer.weights if id(weight) in late]
        if found:
            raise _error(layer, _late(layer, found), labels, place)


def _late(layer: Any, weights: list[Any]) -> str:
    names = ", ".join(weight.path.partition(f"{layer.name}/")[2] or weight.path for weight in weights)
    many = "s" if len(weights) > 1 else ""
    return (
        f"{layer.name} creates the weight{many} {names} only when it is called, so the optimizer would not train "
        f"{'them' if many else 'it'}; expected all weights when the model is built; write a layer that is used as an "
        "activation as the next item of `model`, and create the weights of a custom layer in its build method"
    )


def _unannounced(model: keras.Model) -> tuple[Any, str] | None:
    """Return the first layer that cannot be called on the announced shapes or returns another shape, and why."""
    for node in calls_of(model):
        layer, announced = node.operation, [tuple(tensor.shape) for tensor in node.outputs]
        try:
            output = output_spec(layer, *node.arguments.args, **node.arguments.kwargs)
        except Exception as error:
            return layer, f"{layer.name} cannot be called: {keras_reason(error)}"
        actual = [tuple(tensor.shape) for tensor in keras.tree.flatten(output)]
        if not _agree(announced, actual):
            return layer, (
                f"{layer.name} does not return the announced shape; expected {_shown(announced)}, got {_shown(actual)} "
                "(without the batch); use arguments or an input for which both are the same"
            )
    return None


def _agree(announced: list[Any], actual: list[Any]) -> bool:
    def same(one: Any, other: Any) -> bool:
        return len(one) == len(other) and all(a == b or a is None or b is None for a, b in zip(one, other, strict=True))

    return len(announced) == len(actual) and all(map(same, announced, actual))


def _shown(shapes: list[Any]) -> str:
    return ", ".join(str(shape[1:]) for shape in shapes)


def _error(layer: Any, message: str, labels: Mapping[str, LayerLabel], place: Place) -> SpecError:
    label = labels.get(layer.name)
    if label is None:
        return refusal(place, "model", message)
    return SpecError([Problem(label.mark, label.path, message)])
