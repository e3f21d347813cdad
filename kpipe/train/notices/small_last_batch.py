"""A last batch too small for the statistics that layers compute from it."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.keras_internals import sublayers
from kpipe.layers import DecorrelatedBatchNorm

#: Layers that normalize by the statistics of a batch.
BATCH_NORMALIZATIONS = (keras.layers.BatchNormalization, DecorrelatedBatchNorm)
#: A last batch of at most this share of the others is reported.
_SHARE = 1 / 8


def small_last_batch(model: keras.Model, prepared: Any) -> str | None:
    """The notice for a model whose batch statistics a small last batch spoils; None where there is nothing to report.

    The moving variance of BatchNormalization weighs each batch alike, and that of m samples is (m - 1) / m of the true
    one on average: with 33 samples in batches of 32 every second update is 0.

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
        f"the last batch of an epoch has {samples}, the others {size}, and {names[0]}{others} counts its statistics as "
        "much as theirs; write data.last_batch: spread"
    )
