"""The values of a model on one batch."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe_callbacks.layer_values import LayerValues


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchValues:
    """The loss of a batch, and the values of each layer on it.

    Args:
        loss: the loss, including regularization, as in a training step.
        layers: the values of the measured layers, in the order in which the model calls them.

    Example:
        >>> BatchValues(loss=0.5, layers=()).loss
        0.5
    """

    loss: float
    layers: tuple[LayerValues, ...]
