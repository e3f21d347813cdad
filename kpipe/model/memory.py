"""An estimate of the memory of a training from shapes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kpipe.model.calls import Call, calls, item_size
from kpipe.model.flops import attended, cell_states, positions, size


@dataclass(frozen=True)
class Memory:
    """The memory of a training in bytes.

    Args:
        parameters: all weights.
        gradients: one value for each trainable weight.
        optimizer: the state of the optimizer.
        activations: values of the forward pass that the backward pass of a batch needs.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """The total memory."""
        return self.parameters + self.gradients + self.optimizer + self.activations


def training_memory(model: Any, optimizer: Any, batch_size: int) -> Memory:
    """Estimate the memory of a training: parameters + gradients + optimizer + batch size · activations of one sample.

    The activations are the inputs and the output of each layer, except for layers that only reshape; recurrent layers
    add gates and states of every step, and multi-head attention adds queries, keys, values and scores. The estimate
    excludes temporary memory of layers and prefetched data, and includes activations that a compiler may fuse away.

    Args:
        model: a built functional or sequential model.
        optimizer: an optimizer built with the trainable variables of the model.
        batch_size: samples per step.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> optimizer = keras.optimizers.SGD()
        >>> optimizer.build(model.trainable_variables)
        >>> training_memory(model, optimizer, 10).activations
        280
    """
    inputs = sum(size(tensor.shape[1:]) * item_size(tensor.dtype) for tensor in model.inputs)
    per_sample = inputs + sum(_stored(call) for call in calls(model))
    return Memory(
        parameters=_bytes(model.weights),
        gradients=_bytes(model.trainable_weights),
        optimizer=_bytes(optimizer.variables),
        activations=batch_size * per_sample,
    )


def _bytes(variables: Iterable[Any]) -> int:
    return sum(math.prod(variable.shape) * item_size(variable.dtype) for variable in variables)


def _stored(call: Call) -> int:
    """Bytes per sample that a call stores for the backward pass."""
    if call.inner:
        joined = size(call.output[1:]) * call.item_size if hasattr(call.operation, "forward_layer") else 0
        return call.times * sum(_stored(entry) for entry in call.inner) + joined
    name = type(call.operation).__name__
    if name in _VIEWS or (name == "Activation" and call.operation.activation.__name__ == "linear"):
        return 0
    outputs = sum(size(shape[1:]) for shape in call.outputs)
    return (outputs + _inside(call)) * call.item_size


def _inside(call: Call) -> int:
    """Number of stored values besides the outputs."""
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


#: Layers that pass on the values of their input.
_VIEWS = frozenset({"Reshape", "Flatten", "Identity", "ActivityRegularization"})
