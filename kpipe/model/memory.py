"""How much memory a training needs, estimated from the shapes alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kpipe.model.calls import Call, calls, item_size
from kpipe.model.flops import attended, cell_states, positions, size


@dataclass(frozen=True)
class Memory:
    """Bytes by what they are for.

    Args:
        parameters: all weights.
        gradients: one number for each trainable weight.
        optimizer: what the optimizer keeps.
        activations: of one batch, what the backward pass needs of the forward pass.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """The sum."""
        return self.parameters + self.gradients + self.optimizer + self.activations


def training_memory(model: Any, optimizer: Any, batch_size: int) -> Memory:
    """An estimate: parameters + gradients + optimizer + batch size · activations of one sample.

    The activations are the inputs and the output of each layer once, but for layers that only reshape; of recurrent
    layers the gates and states of every step, of multi-head attention also queries, keys, values and scores. What a
    layer needs only while it computes and the data that wait in memory are not in it; what a compiler fuses away is.

    Args:
        model: functional or sequential, built.
        optimizer: built on the model's trainable variables.
        batch_size: samples a step.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> optimizer = keras.optimizers.SGD()
        >>> optimizer.build(model.trainable_variables)
        >>> training_memory(model, optimizer, 10).activations
        280
    """
    inputs = sum(size(tensor.shape[1:]) * item_size(tensor.dtype) for tensor in model.inputs)
    one = inputs + sum(_kept(call) for call in calls(model))
    return Memory(
        parameters=_bytes(model.weights),
        gradients=_bytes(model.trainable_weights),
        optimizer=_bytes(optimizer.variables),
        activations=batch_size * one,
    )


def _bytes(variables: Iterable[Any]) -> int:
    return sum(math.prod(variable.shape) * item_size(variable.dtype) for variable in variables)


def _kept(call: Call) -> int:
    """Bytes of one sample that one call leaves for the backward pass."""
    if call.inner:
        joined = size(call.output[1:]) * call.item_size if hasattr(call.operation, "forward_layer") else 0
        return call.times * sum(_kept(entry) for entry in call.inner) + joined
    name = type(call.operation).__name__
    if name in _VIEWS or (name == "Activation" and call.operation.activation.__name__ == "linear"):
        return 0
    outputs = sum(size(shape[1:]) for shape in call.outputs)
    return (outputs + _inside(call)) * call.item_size


def _inside(call: Call) -> int:
    """Numbers kept besides the outputs."""
    layer = call.operation
    names = {entry.__name__ for entry in type(layer).__mro__}
    if "ConvLSTM" in names:
        first = 1 if layer.return_sequences else 0
        state = positions(layer, (call.output[0], *call.output[1 + first :])) * int(layer.cell.filters)
        return 6 * (call.input[1] or 1) * state
    if "RNN" in names:
        cells = getattr(layer.cell, "cells", [layer.cell])
        return (call.input[1] or 1) * sum(cell_states(cell) for cell in cells)
    if "MultiHeadAttention" in names:
        others, queries, keys = attended(call)
        widths = int(layer.key_dim) + int(layer.value_dim or layer.key_dim)
        return others * int(layer.num_heads) * ((queries + keys) * widths + queries * keys)
    return 0


#: Layers that hand on their input's numbers.
_VIEWS = frozenset({"Reshape", "Flatten", "Identity", "ActivityRegularization"})
