"""Floating-point operations of the forward pass of a model."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import attention_axes
from kpipe.model.calls import Call, Shape, calls


@dataclass(frozen=True)
class Flops:
    """A number of floating-point operations.

    Args:
        count: number of operations of the layers that could be counted.
        unknown: names of layers that could not be counted, in order; if not empty, `count` is a lower bound.

    Example:
        >>> str(Flops(1200)), str(Flops(1200, ("mine",)))
        ('1,200', 'at least 1,200')
    """

    count: int
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Flops) -> Flops:
        return Flops(self.count + other.count, tuple(dict.fromkeys((*self.unknown, *other.unknown))))

    def __str__(self) -> str:
        return f"at least {self.count:,}" if self.unknown else f"{self.count:,}"


def model_flops(model: Any) -> Flops:
    """Return the FLOPs of the forward pass of one sample: 2 per multiply-add of a matrix product or convolution.

    The count includes products of kernels with inputs, and of queries, keys and values in attention. It excludes
    operations that cost one or a few operations per element: biases, normalization, activations, pooling, sums and
    look-ups (in total less than 1 % for ResNet-50; He et al. 2015, table 1, use the same rule but count a multiply-add
    as 1). Kernels at the border count in full, including the padding.

    | layer | FLOPs |
    |---|---|
    | Dense, EinsumDense | 2 · outputs · inputs that each output sums over |
    | Conv | 2 · output positions · kernel size · input channels / groups · filters |
    | Conv…Transpose | 2 · input positions · kernel size · input channels · filters |
    | DepthwiseConv | 2 · output positions · kernel size · input channels · multiplier |
    | SeparableConv | the depthwise part, then 2 · output positions · input channels · multiplier · filters |
    | SimpleRNN, GRU, LSTM | 2 · steps · (1, 3, 4) · units · (inputs + units) |
    | ConvLSTM | 2 · steps · 4 · filters · kernel size · (positions of the state) · (input channels + filters) |
    | MultiHeadAttention, GroupQueryAttention | the projections, then 2 · queries · keys · heads · (key + value size) |
    | Attention, AdditiveAttention | 2 · queries · keys · (key + value size) |
    | Dot | 2 · outputs · length of the contracted axis |

    Any other layer, of kpipe or custom, declares its FLOPs by a method `flops(input_shape, output_shape)`, with the
    same convention. It returns an integer of at least 0 for one sample, or None if the number is unknown. The arguments
    are the shape of each call argument (a list of shapes for several tensors) and the shape of the output (a tuple of
    shapes for several outputs). Shapes begin with the batch size, None; other unknown sizes are 1.

    For nested models and wrappers (Bidirectional, TimeDistributed, StochasticDepth, ...) the inner layers are counted.
    Layers with weights that are not in the table, or with unknown sizes, are listed in `unknown`.

    Args:
        model: a built functional or sequential model.

    Raises:
        SpecError: the method of a layer fails, or its output is invalid.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> model_flops(model).count
        24
    """
    return sum((call_flops(call) for call in calls(model)), Flops(0))


def call_flops(call: Call) -> Flops:
    """Return the FLOPs of one call for one sample, with the convention of `model_flops`."""
    declared = _declared(call)
    if declared is not None:
        return declared
    if call.inner:
        inside = sum((call_flops(entry) for entry in call.inner), Flops(0))
        return Flops(inside.count * call.times, inside.unknown)
    names = [entry.__name__ for entry in type(call.operation).__mro__]
    known = next((name for name in names if name in _FORMULAS or name in _FREE), None)
    if known is None:
        is_unknown = bool(getattr(call.operation, "weights", ())) or names[0] in _PRODUCTS
        return Flops(0, (call.name,) if is_unknown else ())
    if known in _FREE:
        return Flops(0)
    count = _FORMULAS[known](call)
    return Flops(count or 0, () if call.is_sized and count is not None else (call.name,))


def _declared(call: Call) -> Flops | None:
    """The FLOPs by the method of the layer; None if its class has no such method that accepts shapes."""
    method: Any = getattr(call.operation, "flops", None)
    inputs = [_without_unknown(group) for group in call.inputs.values() if group]
    arguments = [group[0] if len(group) == 1 else list(group) for group in inputs]
    outputs = _without_unknown(call.outputs)
    output = outputs[0] if len(outputs) == 1 else outputs
    if not callable(method) or not _accepts(method, arguments, output):
        return None
    try:
        count = method(*arguments, output_shape=output)
        if count is not None and (isinstance(count, bool) or not isinstance(count, Integral) or count < 0):
            raise TypeError(f"expected an integer of at least 0, or None, got {count!r}")
    except Exception as error:
        # A custom method can raise any exception.
        reason = str(error) if isinstance(error, TypeError) else f"{type(error).__name__}: {error}"
        message = f"layer {call.name!r}: {type(call.operation).__name__}.flops failed: {reason}"
        raise SpecError([Problem(None, "", message)]) from error
    return Flops(int(count or 0), () if call.is_sized and count is not None else (call.name,))


def _accepts(method: Any, arguments: list[Any], output: Any) -> bool:
    try:
        inspect.signature(method).bind(*arguments, output_shape=output)
    except (TypeError, ValueError):
        return False
    return True


def _without_unknown(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple((None, *(entry or 1 for entry in shape[1:])) for shape in shapes)


def size(shape: Shape) -> int:
    """Return the number of elements of a shape; an unknown size counts as 1.

    Example:
        >>> size((3, None, 2))
        6
    """
    return math.prod(entry or 1 for entry in shape)


def positions(layer: Any, shape: Shape) -> int:
    """Return the number of positions of a feature map (batch, *positions, channels), or with `channels_first`.

    Example:
        >>> import keras
        >>> positions(keras.layers.Conv2D(1, 1, data_format="channels_last"), (None, 4, 5, 3))
        20
    """
    return size(shape[2:] if layer.data_format == "channels_first" else shape[1:-1])


def cell_states(cell: Any) -> int:
    """Return the number of values that a step of a recurrent cell stores for the backward pass: gates and states.

    Example:
        >>> import keras
        >>> cell_states(keras.layers.GRUCell(3))
        12
    """
    gates = _gates(cell)
    return 0 if gates is None else int(cell.units) * {1: 1, 3: 4, 4: 6}[gates]


def attended(call: Call) -> tuple[int, int, int]:
    """Return the number of separately attended sequences of an attention layer, and the queries and keys of each.

    Example:
        >>> import keras
        >>> layer = keras.layers.Attention()
        >>> attended(Call(layer, {"inputs": ((None, 5, 8), (None, 7, 8))}, ((None, 5, 8),), 4))
        (1, 5, 7)
    """
    shapes = [shape for group in call.inputs.values() for shape in group]
    query, value = shapes[0], shapes[1] if len(shapes) > 1 else shapes[0]
    axes = attention_axes(call.operation) or tuple(range(1, len(query) - 1))
    others = size(tuple(query[axis] for axis in range(1, len(query) - 1) if axis not in axes))
    queries, keys = (size(tuple(shape[axis] for axis in axes)) for shape in (query, value))
    return others, queries, keys


def _gates(cell: Any) -> int | None:
    """The number of products of the input and state of a cell with kernels; None for an unknown cell."""
    names = (entry.__name__ for entry in type(cell).__mro__)
    return next((_GATES[name] for name in names if name in _GATES), None)


def _channels(layer: Any, shape: Shape) -> int:
    return shape[1 if layer.data_format == "channels_first" else -1] or 1


def _dense(call: Call) -> int:
    return 2 * size(call.output[1:]) * (call.input[-1] or 1)


def _einsum(call: Call) -> int:
    """FLOPs of an EinsumDense layer: each output sums over the kernel axes that are not in the output."""
    inputs, output = call.operation.equation.replace(" ", "").split("->")
    letters = zip(inputs.split(",")[1], call.operation.kernel.shape, strict=True)
    return 2 * size(call.output[1:]) * size(tuple(length for letter, length in letters if letter not in output))


def _convolution(call: Call) -> int:
    layer = call.operation
    taps: int = math.prod(layer.kernel_size) * (_channels(layer, call.input) // layer.groups)
    return 2 * positions(layer, call.output) * taps * int(layer.filters)


def _transposed(call: Call) -> int:
    layer = call.operation
    taps: int = math.prod(layer.kernel_size) * _channels(layer, call.input)
    return 2 * positions(layer, call.input) * taps * int(layer.filters)


def _depthwise(call: Call) -> int:
    layer = call.operation
    taps: int = math.prod(layer.kernel_size) * _channels(layer, call.input)
    return 2 * positions(layer, call.output) * taps * int(layer.depth_multiplier)


def _separable(call: Call) -> int:
    layer = call.operation
    mixed = _channels(layer, call.input) * layer.depth_multiplier * layer.filters
    return _depthwise(call) + 2 * positions(layer, call.output) * int(mixed)


def _recurrent(call: Call) -> int | None:
    cell, width, total = call.operation.cell, call.input[-1] or 1, 0
    for part in getattr(cell, "cells", [cell]):
        gates = _gates(part)
        if gates is None:
            return None
        total += 2 * gates * part.units * (width + part.units)
        width = part.units
    return (call.input[1] or 1) * total


def _convolutional_recurrent(call: Call) -> int:
    layer = call.operation
    cell = layer.cell
    first = 1 if layer.return_sequences else 0
    state = positions(layer, (call.output[0], *call.output[1 + first :]))
    channels = _channels(layer, (call.input[0], *call.input[2:]))
    taps: int = math.prod(cell.kernel_size) * (channels + cell.filters)
    return (call.input[1] or 1) * 2 * 4 * int(cell.filters) * state * taps


def _multi_head(call: Call) -> int:
    layer = call.operation
    query, value = call.inputs["query"][0], call.inputs["value"][0]
    key = (*call.inputs.get("key", ()), value)[0]
    heads, key_heads, key_size, value_size = _heads(layer)
    others, queries, keys = attended(call)
    projected = (
        queries * (query[-1] or 1) * heads * key_size
        + keys * (key[-1] or 1) * key_heads * key_size
        + keys * (value[-1] or 1) * key_heads * value_size
        + queries * heads * value_size * (call.output[-1] or 1)
    )
    return 2 * others * (projected + queries * keys * heads * (key_size + value_size))


def _heads(layer: Any) -> tuple[int, int, int, int]:
    """Heads of the queries, heads of keys and values, size of a key, size of a value."""
    if hasattr(layer, "num_key_value_heads"):
        return layer.num_query_heads, layer.num_key_value_heads, layer.head_dim, layer.head_dim
    return layer.num_heads, layer.num_heads, layer.key_dim, layer.value_dim or layer.key_dim


def _attention(call: Call) -> int:
    query, value = call.inputs["inputs"][:2]
    others, queries, keys = attended(call)
    return 2 * others * queries * keys * ((query[-1] or 1) + (value[-1] or 1))


def _dot(call: Call) -> int:
    axes = call.operation.axes
    axis = axes if isinstance(axes, int) else axes[0]
    return 2 * size(call.output[1:]) * (call.input[axis] or 1)


def _embedding(call: Call) -> int:
    """FLOPs of an embedding: 0 for a look-up, those of a matrix product for a reversed ReversibleEmbedding."""
    return _dense(call) if len(call.output) == len(call.input) else 0


_GATES = {"SimpleRNNCell": 1, "GRUCell": 3, "LSTMCell": 4}

#: Formulas by Keras class; a subclass uses that of its nearest base.
_FORMULAS: dict[str, Callable[[Call], int | None]] = {
    "Dense": _dense,
    "EinsumDense": _einsum,
    "BaseConv": _convolution,
    "BaseConvTranspose": _transposed,
    "BaseDepthwiseConv": _depthwise,
    "BaseSeparableConv": _separable,
    "RNN": _recurrent,
    "ConvLSTM": _convolutional_recurrent,
    "MultiHeadAttention": _multi_head,
    "GroupedQueryAttention": _multi_head,
    "Attention": _attention,
    "Dot": _dot,
    "ReversibleEmbedding": _embedding,
}

#: Keras layers with weights that cost only a few operations per element.
_FREE = frozenset(
    {
        "BatchNormalization",
        "GroupNormalization",
        "LayerNormalization",
        "RMSNormalization",
        "Normalization",
        "PReLU",
        "Embedding",
        "LayerScale",
    }
)

#: Operations without weights that compute matrix products.
_PRODUCTS = frozenset({"Matmul", "Einsum", "Tensordot", "Vdot", "Inner", "Outer", "Conv", "ConvTranspose"})
