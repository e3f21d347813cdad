"""The mixes of a spec, with the check that they have a meaning for its data, its model and its losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from kpipe.components import build
from kpipe.data.mix.image_size import image_size
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData
from kpipe.errors import SpecError
from kpipe.keras_internals import calls_of, keras_mask, origin, output_spec
from kpipe.messages.escaped import escaped
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, refusal
from kpipe.train.objective.loss_and_metric_rules import WHOLE_BATCH_LOSSES, class_name
from kpipe.train.objective.objective import Objective, TargetObjective


def plan_mixing(
    node: Node | None, prepared: PreparedData, model: keras.Model, objective: Objective, place: Place
) -> Mixing | None:
    """Return the mixing of the training batches; None if the spec has none.

    Args:
        node: the value of `data.mix`.
        prepared: the data.
        model: the training model.
        objective: the losses and the forms of the labels.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a mix cannot be applied; the message contains the reason.
    """
    if node is None or not node.items:
        return None
    mixes = [build(item, "mix") for item in node.items]
    weighted = [*_weighted_inputs(prepared), *_model(model)]
    losses = {name: _loss(prepared, name, entry) for name, entry in objective.targets.items()}
    helps = not weighted and not any(losses.values()) and all(mix.cuts for mix in mixes)
    remedy = "use MixUp" if helps else "remove it"
    problems = [
        problem
        for mix, item in zip(mixes, node.items, strict=True)
        for reason in [*_cut_inputs(mix, prepared, remedy), *_cut_targets(mix, objective, remedy), *weighted[:1]]
        for problem in refusal(place, "data.mix", f"{type(mix).__name__} cannot be used here: {reason}", item).problems
    ]
    if problems:
        raise SpecError(problems)
    for name, reason in losses.items():
        if reason:
            path = f"train.targets.{name}.loss" if len(objective.targets) > 1 else "train.loss"
            raise refusal(place, path, f"{reason}; remove data.mix, or write another loss")
    return prepared.mixing(mixes, node.items)


def _cut_inputs(mix: Mix, prepared: PreparedData, remedy: str) -> Iterator[str]:
    if mix.cuts and image_size(prepared.inputs) is None:
        found = ", ".join(
            f"{escaped(entry.name)} ({entry.kind} {_shape(entry.shape)})" for entry in prepared.inputs.values()
        )
        yield (
            "it replaces a box of each image by that of another one; expected only inputs with images of one size, got "
            f"{found}; {remedy}"
        )


def _weighted_inputs(prepared: PreparedData) -> Iterator[str]:
    for entry in prepared.inputs.values():
        if any(stage.fills_missing for stage in prepared.preparations[entry.name]):
            yield (
                f"input {escaped(entry.name)} can have missing values, which Impute fills in mixed samples, where "
                "values of both samples would be lost; remove the mix, or fill the values in the file"
            )
        if entry.dtype == "int32":
            yield (
                f"input {escaped(entry.name)} contains integers, of which weighted sums have no meaning; expected "
                "floats; remove the mix, or store quantities as floats"
            )
        if columns := [column for column, names in prepared.categories.get(entry.name, {}).items() if names]:
            yield (
                f"input {escaped(entry.name)} has categorical columns, of which weighted sums have no meaning; "
                f"expected numeric columns, got {', '.join(map(escaped, columns))}; remove the mix, "
                "or exclude these columns"
            )


def _model(model: keras.Model) -> Iterator[str]:
    for name, call in _embeddings(model):
        reason = f"{name} receives input {escaped(call)} as integers, of which weighted sums have no meaning"
        yield f"{reason}; remove the mix"
    if any(keras_mask(output) is not None for output in keras.tree.flatten(model.outputs)):
        yield (
            "the model has a mask, which mixed samples of different lengths do not share; remove the mix, or the "
            "layer with the mask"
        )


def _embeddings(model: keras.Model) -> Iterator[tuple[str, str]]:
    for node in calls_of(model):
        for tensor in keras.tree.flatten(node.arguments.args) if _is_embedding(node.operation) else ():
            source = origin(tensor)[0]
            if isinstance(source, keras.layers.InputLayer):
                yield node.operation.name, source.name


def _is_embedding(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Embedding | keras.layers.CategoryEncoding | keras.layers.Hashing)


def _cut_targets(mix: Mix, objective: Objective, remedy: str) -> Iterator[str]:
    for name, entry in objective.targets.items():
        if mix.cuts and (entry.target.task == "sequence" or len(entry.target.shape) > 1):
            yield (
                f"target {escaped(name)} has several labels for each image, which do not change with the area of a "
                f"box; {remedy}"
            )


def _loss(prepared: PreparedData, name: str, entry: TargetObjective) -> str | None:
    """Return why a loss is not a mean or a sum over samples; None if it is."""
    loss = entry.make_loss()
    message = f"{class_name(loss)} is not a sum over samples, so that data.mix cannot weight it by sample"
    if class_name(loss) in WHOLE_BATCH_LOSSES:
        return message
    if type(loss).__call__ is not keras.losses.Loss.__call__:
        return None
    labels = entry.encode(prepared.dataset.labels[name][:1])
    shapes = (3, *labels.shape[1:]), (3, *entry.shape)
    values = output_spec(loss.call, *(keras.KerasTensor(shape, "float32") for shape in shapes))
    return message if tuple(values.shape) == () else None


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"
