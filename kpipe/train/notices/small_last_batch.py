"""The notice about a last batch that is too small for batch statistics."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.keras_internals import sublayers
from kpipe.layers import DecorrelatedBatchNorm

#: Layers that normalize with the statistics of a batch.
BATCH_NORMALIZATIONS = (keras.layers.BatchNormalization, DecorrelatedBatchNorm)
#: A last batch of at most this fraction of the batch size is reported.
_SHARE = 1 / 8


def small_last_batch(model: keras.Model, prepared: Any) -> str | None:
    """Return a notice if a small last batch distorts the batch statistics of a model; None otherwise.

    The moving variance of BatchNormalization weights all batches equally, and the variance of m samples is on average
    (m - 1) / m of the true one: with 33 samples in batches of 32, every second update is 0.

    Args:
        model: the training model.
        prepared: the data.
    """
    count, size = len(prepared.parts["train"]), prepared.batch_size
    rest = count % size
    if prepared.last_batch != "keep" or count < size or not 0 < rest <= size * _SHARE:
        return None
    layers = sublayers(model)
    names = list(
        dict.fromkeys(layer.name for layer in layers if isinstance(layer, BATCH_NORMALIZATIONS) and layer.trainable)
    )
    if not names:
        return None
    others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    samples = "1 sample" if rest == 1 else f"{rest} samples"
    return (
        f"the last batch of an epoch has {samples}, the others have {size}, but {names[0]}{others} weights the "
        "statistics of all batches equally; write data.last_batch: spread"
    )
