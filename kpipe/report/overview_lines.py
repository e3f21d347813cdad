"""Lines of the overview of a training."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kpipe.components.quiet_import import import_keras
from kpipe.data.prepared import PreparedData
from kpipe.messages.counted import counted
from kpipe.model.memory import training_memory

if TYPE_CHECKING:
    import keras
else:
    keras = import_keras()

#: The longest line.
WIDTH = 80


def wrapped(title: str, text: str) -> list[str]:
    """Return a title with a text beside it, in lines of at most 80 characters.

    Args:
        title: at most 11 characters.
        text: words.

    Example:
        >>> wrapped("samples", "train 90, test 10")
        ['  samples      train 90, test 10']
    """
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {title:<11}  ", subsequent_indent=" " * 15)


def parameter_count(weights: Iterable[Any]) -> int:
    """Return the number of values of weights.

    Example:
        >>> parameter_count([keras.ops.ones((2, 3)), keras.ops.ones(4)])
        10
    """
    return sum(math.prod(weight.shape) for weight in weights)


def binary(size: int) -> str:
    """Format a number of bytes with a binary unit.

    Example:
        >>> binary(512), binary(1536), binary(3 * 2**30)
        ('512 B', '1.50 KiB', '3.00 GiB')
    """
    power = min(max(size.bit_length() - 1, 0) // 10, 5)
    unit = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")[power]
    return f"{size} B" if power == 0 else f"{size / 1024**power:.2f} {unit}"


def memory_lines(model: keras.Model, optimizer: keras.optimizers.Optimizer, batch_size: int, of: str = "") -> list[str]:
    """Return the estimated memory of a training step, with its parts.

    Args:
        model: a built functional model.
        optimizer: an optimizer built with the trainable variables of the model.
        batch_size: samples per step.
        of: what the step belongs to, appended to the title; by default the training.
    """
    memory = training_memory(model, optimizer, batch_size)
    per_sample = binary(memory.activations // batch_size)
    rows = [
        ("parameters", memory.parameters, "all weights"),
        ("gradients", memory.gradients, "one for each trainable parameter"),
        ("optimizer", memory.optimizer, f"the state of {type(optimizer).__name__}"),
        ("activations", memory.activations, f"{batch_size:,} x {per_sample}, the output of each layer"),
    ]
    rows = [*rows, ("total", memory.total, "an estimate: the sum of these")]
    return [
        f"memory of a training step{of}",
        *(f"  {name:<11}  {binary(size):>10}  {note}" for name, size, note in rows),
    ]


def steps_text(prepared: PreparedData, epochs: int, full_batch: bool = False) -> str:
    """Return the description of the steps of a training, or of one of its stages.

    Args:
        prepared: the prepared data.
        epochs: number of epochs.
        full_batch: whether each step is computed from the whole training part, default False.
    """
    steps = prepared.steps("train")
    if full_batch:
        text = f"1 per epoch, {epochs:,} in {counted(epochs, 'epoch')}, each on the whole training part"
        return f"{text} in {counted(steps, 'batch', 'batches')}, {_remainder(prepared)}"
    return f"{steps:,} per epoch, {steps * epochs:,} in {counted(epochs, 'epoch')}, {_remainder(prepared)}"


def _remainder(prepared: PreparedData) -> str:
    """Describe the sizes of the batches of an epoch, and the samples that do not fill a batch."""
    count, size, steps = len(prepared.parts["train"]), prepared.batch_size, prepared.steps("train")
    if count % size == 0:
        return f"each of {size:,}"
    if prepared.last_batch == "drop":
        return f"each of {size:,}; {count - steps * size:,} samples are dropped in each epoch"
    if prepared.last_batch == "spread":
        least, larger = divmod(count, steps)
        return f"each of {least:,}{f' or {least + 1:,}' if larger else ''}"
    return f"the last of {count % size:,}" if steps > 1 else f"of {count:,}"
