"""A model that averages the answers of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kpipe.train.averaging.answer_average import Form
from kpipe.train.averaging.averaged_answers import AveragedAnswers


def averaged_model(
    model: keras.Model,
    forms: Mapping[str, Form],
    views: Mapping[str, int],
    mirrored: Sequence[bool] = (),
    images: Sequence[str] = (),
) -> keras.Model:
    """Return a model of several views of each sample, whose outputs have the form of those of another model.

    Args:
        model: a model with one input tensor or a dict, and one output tensor or a dict; it is not changed.
        forms: the form of each output, keyed by target name.
        views: the number of views, keyed by the names of the inputs that have views.
        mirrored: for each view, whether it is a mirror image; see `AveragedAnswers`.
        images: the names of the targets that are images.

    Example:
        >>> inputs = keras.Input((2,), name="x")
        >>> inner = keras.Model(inputs, keras.layers.Dense(3)(inputs))
        >>> averaged_model(inner, {"y": "softmax"}, {"x": 4}).input_shape
        (None, 4, 2)
    """
    given = model.input
    is_single = not isinstance(model.output, Mapping)
    if isinstance(given, Mapping):
        inputs: Any = {name: _input(name, tensor, views.get(name)) for name, tensor in given.items()}
        counts = dict(views)
    else:
        count = next(iter(views.values()), None)
        inputs = _input(given.name, given, count)
        counts = {} if count is None else {"": count}
    layer = AveragedAnswers(
        # A separate model over the same layers, since the metrics of a compiled one would be those of the result.
        keras.Model(given, model.output, name=model.name),
        {"": next(iter(forms.values()))} if is_single else forms,
        counts,
        mirrored,
        [""] if is_single and images else images,
    )
    return keras.Model(inputs, layer(inputs), name=f"{model.name}_averaged")


def _input(name: str, tensor: Any, count: int | None) -> Any:
    if isinstance(tensor, Mapping):
        return {column: _input(column, part, count) for column, part in tensor.items()}
    shape = tensor.shape[1:] if count is None else (count, *tensor.shape[1:])
    return keras.Input(shape, dtype=tensor.dtype, name=name)
