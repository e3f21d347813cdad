"""The notice about sample weights that change the scale of the loss."""

from __future__ import annotations

from kpipe.data.prepared import PreparedData

#: The range of mean weights that is not reported.
LEAST, MOST = 0.1, 10.0


def weight_scale(prepared: PreparedData) -> str | None:
    """Return a notice if the mean of the sample weights of the training part is far from 1; None otherwise.

    Args:
        prepared: the data.
    """
    weights = prepared.sample_weights(0)
    if weights is None:
        return None
    mean = float(weights[prepared.parts["train"]].mean(dtype="float64"))
    if LEAST <= mean <= MOST:
        return None
    return (
        f"data.sample_weights: the mean weight in the training part is {mean:.3g}, by which the loss and its gradients "
        f"are {'larger' if mean > 1 else 'smaller'}; expected {LEAST:g} to {MOST:g}; divide the weights by their mean"
    )
