"""The notice about targets whose numbers are too large or too small for their loss."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np

from kpipe.data.prepare.moments import Moments
from kpipe.data.prepared import PreparedData
from kpipe.messages.escaped import escaped
from kpipe.messages.listed_columns import yaml_names
from kpipe.train.objective.loss_and_metric_rules import class_name
from kpipe.train.objective.objective import Objective, TargetObjective

#: The range of standard deviations that is not reported.
LEAST, MOST = 0.01, 10.0

#: Losses whose gradient depends on the scale of the target.
_LOSSES = (keras.losses.MeanSquaredError, keras.losses.MeanAbsoluteError, keras.losses.Huber)

_CHUNK_LABELS = 65_536


def target_scale(objective: Objective, prepared: PreparedData) -> Iterator[str]:
    """Yield a notice for each target whose deviation makes a squared, absolute or Huber loss too large or too small.

    The initial outputs of a model and usual learning rates suit targets with a deviation of about 1.

    Args:
        objective: the losses and the preparations of the targets.
        prepared: the data with fitted preparations.
    """
    for name, item in objective.targets.items():
        loss = item.make_loss() if item.target.task == "regression" else None
        if not isinstance(loss, _LOSSES):
            continue
        deviation = _deviation(item, prepared)
        if deviation == 0 or LEAST <= deviation <= MOST:
            continue
        stages = "[Standardize]" if len(objective.targets) == 1 else f"{{{yaml_names([name])[1:-1]}: [Standardize]}}"
        state = "" if item.preparation is None else "prepared "
        yield (
            f"target {escaped(name)}: the standard deviation of the {state}labels in the training part is "
            f"{deviation:.3g}, with which {class_name(loss)} hardly learns; expected {LEAST:g} to {MOST:g}; write "
            f"data.prepare_targets: {stages}"
        )


def _deviation(item: TargetObjective, prepared: PreparedData) -> float:
    """Return the root of the mean variance of the numbers of a target in the training part, as its loss sees them."""
    labels, train = prepared.dataset.labels[item.target.name], prepared.parts["train"]
    moments = Moments()
    for first in range(0, len(train), _CHUNK_LABELS):
        chunk = np.asarray(labels[train[first : first + _CHUNK_LABELS]])
        moments.add(item.encode(chunk).astype(np.float64).reshape(len(chunk), -1))
    return float(np.sqrt(np.mean(moments.variance)))
