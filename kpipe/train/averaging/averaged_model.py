"""A model that averages the answers of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from kpipe.train.averaging.answer_average import Form
from kpipe.train.averaging.averaged_answers import AveragedAnswers
from kpipe.train.averaging.masks import Masks


def averaged_model(
    model: keras.Model,
    forms: Mapping[str, Form],
    views: Mapping[str, int],
    mirrored: Sequence[bool] = (),
    images: Sequence[str] = (),
    masks: Masks | None = None,
) -> keras.Model:
    """Return a model of several views of each sample, whose outputs have the form of those of another model.

    Args:
        model: a model with one input tensor or a dict, and one output tensor or a dict; it is not changed.
        forms: the form of each output, keyed by target name.
        views: the number of views, keyed by the names of the inputs that have views.
        mirrored: for each view, whether it is a mirror image; see `AveragedAnswers`.
        images: the names of the targets that are images.
        masks: the masks of random layers; None (default) for none. With `returns_spread`, the outputs are a dict also
            for a model with one output.

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
    single = next(iter(forms)) if is_single else None
    if single is not None:
        forms, images = {"": forms[single]}, [""] if images else []
        masks = None if masks is None else replace(masks, units=dict(zip([""], masks.units.values(), strict=False)))
    layer = AveragedAnswers(
        # A separate model over the same layers, since the metrics of a compiled one would be those of the result.
        keras.Model(given, model.output, name=model.name),
        forms,
        counts,
        mirrored,
        images,
        masks,
    )
    outputs = layer(inputs)
    if single is not None and isinstance(outputs, Mapping):
        outputs = {single: outputs[""], f"spread {single}": outputs["spread "]}
    return keras.Model(inputs, outputs, name=f"{model.name}_averaged")


def _input(name: str, tensor: Any, count: int | None) -> Any:
    if isinstance(tensor, Mapping):
        return {column: _input(column, part, count) for column, part in tensor.items()}
    shape = tensor.shape[1:] if count is None else (count, *tensor.shape[1:])
    return keras.Input(shape, dtype=tensor.dtype, name=name)
