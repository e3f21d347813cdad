"""A model's first call does what its layers announced when it was put together."""

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
    """Around the first call of a model: refuses weights that it makes and shapes that no layer announced.

    A layer that announces its output's shape is not called while the model is put together. The optimizer knows the
    weights of that time alone.

    Args:
        model: compiled, its optimizer built.
        labels: what the spec calls the layers, by their names.
        place: from a dotted path of the spec to its mark.

    Raises:
        SpecError: a layer makes weights at the call, or its output's shape is another than announced.

    Example:
        >>> from kpipe.spec.refusal import nowhere
        >>> entered = keras.Input((2,))
        >>> layer = keras.layers.Dense(3, activation=keras.layers.PReLU(name="b"), name="a")
        >>> model = keras.Model(entered, layer(entered))
        >>> try:
        ...     with check_first_call(model, {}, nowhere):
        ...         answer = model(keras.ops.ones((1, 2)))
        ... except SpecError as error:
        ...     print(str(error)[:60])
        model: a makes the weight b/alpha only when it is called, wh
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
        f"{layer.name} makes the weight{many} {names} only when it is called, which no optimizer would train; "
        "expected all weights when the model is built; write a layer given as an activation as the next item of "
        "`model`, and make the weights of a custom layer in its build"
    )


def _unannounced(model: keras.Model) -> tuple[Any, str] | None:
    """The first layer that cannot be called on the announced shapes, or whose output has another shape."""
    for node in calls_of(model):
        layer, told = node.operation, [tuple(tensor.shape) for tensor in node.outputs]
        try:
            given = output_spec(layer, *node.arguments.args, **node.arguments.kwargs)
        except Exception as error:
            return layer, f"{layer.name} cannot be called: {keras_reason(error)}"
        real = [tuple(tensor.shape) for tensor in keras.tree.flatten(given)]
        if not _agree(told, real):
            return layer, (
                f"{layer.name} announces an output of shape {_shown(told)}, got {_shown(real)} "
                "(without the batch); use arguments or an input for which both are the same"
            )
    return None


def _agree(told: list[Any], real: list[Any]) -> bool:
    def same(one: Any, other: Any) -> bool:
        return len(one) == len(other) and all(a == b or a is None or b is None for a, b in zip(one, other, strict=True))

    return len(told) == len(real) and all(map(same, told, real))


def _shown(shapes: list[Any]) -> str:
    return ", ".join(str(shape[1:]) for shape in shapes)


def _error(layer: Any, message: str, labels: Mapping[str, LayerLabel], place: Place) -> SpecError:
    label = labels.get(layer.name)
    if label is None:
        return refusal(place, "model", message)
    return SpecError([Problem(label.mark, label.path, message)])
