"""The weights of samples in the losses of all targets."""

from __future__ import annotations

from typing import Any

from kpipe.data.prepared import PreparedData
from kpipe.train.objective.objective import Objective


def evaluation_weights(objective: Objective, prepared: PreparedData) -> dict[str, Any] | None:
    """Return the weights of all samples of the dataset by target name, in the shape that Keras broadcasts to a loss.

    A loss has a value for each index of the axes of an output except the last one, so that the weights need as many
    axes. The same arrays are returned at each call, by which feeds of batches are found again.

    Args:
        objective: the losses, and the shapes of the outputs.
        prepared: the data.

    Returns:
        The weights, or None if all samples weigh the same.
    """
    if prepared.dataset.weights is None:
        return None
    return {name: prepared.sample_weights(max(len(item.shape) - 1, 0)) for name, item in objective.targets.items()}
