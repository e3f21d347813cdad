"""The notice about moving statistics that lag at the first validation."""

from __future__ import annotations

import math
from typing import Any

import keras

from kpipe.keras_internals import sublayers
from kpipe.messages.counted import counted
from kpipe.spec.node import split_component
from kpipe.spec.sections.train import Train
from kpipe.train.notices.small_last_batch import BATCH_NORMALIZATIONS

#: The share of the initial values from which a notice is reported, and the one that the advised momentum leaves.
_SHARE, _ADVISED_SHARE = 0.5, 0.05
#: The least momentum that is advised.
_LEAST_MOMENTUM = 0.5
_REESTIMATES = "BatchStatistics"
#: Averages the weights of each validation, and excludes the other.
_AVERAGES = "PolyakAveraging"


def lagging_statistics(model: keras.Model, train: Train, prepared: Any) -> str | None:
    """Return a notice if moving statistics have mostly not changed at the first validation; None otherwise.

    Moving statistics begin with mean 0 and variance 1, which have the share momentum^n after n steps (Ioffe and
    Szegedy, "Batch Normalization", ICML 2015, section 3.1). Without a validation part, the end of the training counts.

    Args:
        model: the training model.
        train: the section `train`.
        prepared: the data.
    """
    callbacks = {_class_name(item) for item in train.callbacks.items} if train.callbacks is not None else set()
    layers = [layer for layer in sublayers(model) if isinstance(layer, BATCH_NORMALIZATIONS) and layer.trainable]
    if not layers or _REESTIMATES in callbacks:
        return None
    steps = _first_validation(train, prepared)
    slowest = max(layers, key=lambda layer: float(layer.momentum))
    share = float(slowest.momentum) ** steps
    if share <= _SHARE:
        return None
    others = {layer.name for layer in layers if layer.momentum == slowest.momentum} - {slowest.name}
    names = f"{slowest.name} and {len(others):,} more" if others else slowest.name
    values = "their initial values" if _is_initial(slowest) else "those of before the training"
    when = "at the first validation" if "validation" in prepared.parts else "at the end"
    return (
        f"{when}, after {counted(steps, 'step')}, {share:.0%} of the moving statistics of {names} are still "
        f"{values} (momentum {slowest.momentum:g}), so that the result says little about the weights; "
        f"{_remedy(steps, _AVERAGES in callbacks)}"
    )


def _is_initial(layer: Any) -> bool:
    """Return whether the moving statistics are not those of loaded weights or of an earlier stage."""
    return not keras.ops.convert_to_numpy(layer.moving_mean).any()


def _remedy(steps: int, averages: bool) -> str:
    """Return what to write; a momentum for very few steps would keep little more than the statistics of one batch."""
    advised = math.floor(10 * _ADVISED_SHARE ** (1 / steps)) / 10
    callback = "" if averages else f"add the callback {_REESTIMATES}"
    if advised < _LEAST_MOMENTUM:
        return callback or "lower data.batch_size, or validate later by train.validate.every_epochs"
    return f"write momentum: {advised:g}" + (f", or {callback}" if callback else "")


def _first_validation(train: Train, prepared: Any) -> int:
    """Return the number of steps before the first evaluation."""
    steps = int(prepared.steps("train"))
    if "validation" not in prepared.parts:
        return steps * train.epochs
    within = train.validate_.every_steps
    first = steps * min(train.validate_.every_epochs, train.epochs)
    return first if within is None else min(first, within)


def _class_name(item: Any) -> str:
    return (split_component(item) or ("",))[0].rpartition(".")[2]
