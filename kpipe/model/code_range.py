"""The check that embeddings have a row for each code of a category."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from typing import Any

from kpipe.components.quiet_import import import_keras
from kpipe.errors import Problem
from kpipe.keras_internals import calls_of
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at


def code_range_problems(
    model: Any, layers: Sequence[tuple[Any, Node]], codes: Mapping[str, Mapping[str, int]]
) -> Iterator[Problem]:
    """Yield a problem for each `Embedding` with fewer rows than the codes of the columns that it reads directly.

    TensorFlow would fail at the first such code on CPUs, and return zeros on GPUs.

    Args:
        model: the training model.
        layers: the layers of the spec, each with its item.
        codes: the number of codes of each column that `Encode` keeps, keyed by input name.
    """
    items = {id(layer): node for layer, node in layers}
    for name, columns in codes.items():
        column = max(columns, key=lambda key: columns[key])
        for layer in _embeddings(model, name):
            if layer.input_dim < columns[column] and id(layer) in items:
                yield _problem(items[id(layer)], layer, column, columns[column])


def _embeddings(model: Any, name: str) -> Iterator[Any]:
    """Yield the embeddings that read an input, or its values in another shape or data type."""
    keras = import_keras()
    layers = keras.layers
    keeping = (layers.Flatten, layers.Reshape, layers.Permute, layers.Identity)
    tensors = {id(tensor) for tensor in model.inputs if tensor.name == name}
    for call in calls_of(model):
        arguments = keras.tree.flatten([call.arguments.args, call.arguments.kwargs])
        if not any(id(argument) in tensors for argument in arguments):
            continue
        if isinstance(call.operation, layers.Embedding):
            yield call.operation
        elif isinstance(call.operation, keeping) or type(call.operation).__name__ == "Cast":
            tensors |= {id(output) for output in call.outputs}


def _problem(item: Node, layer: Any, column: str, count: int) -> Problem:
    _, arguments = split_component(item) or ("", None)
    entries = arguments.entries if arguments is not None else {}
    message = (
        f"{layer.name} reads the codes of {column!r} and is too small for them; expected an input_dim of at least "
        f"{count:,}, got {layer.input_dim:,}; write {_remedy(column)}"
    )
    return problem_at(entries.get("input_dim", item), message)


def _remedy(column: str) -> str:
    is_name = column.isidentifier() and column.isascii() and not iskeyword(column)
    return f"`input_dim: =codes.{column}`" if is_name else f"`input_dim: '=codes[{json.dumps(column)}]'`"
