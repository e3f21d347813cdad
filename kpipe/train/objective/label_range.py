"""The check that the last layer can return the labels of a regression."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.spec.refusal import Place, refusal
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.output_activation import output_range


def check_label_range(
    model: keras.Model, objective: Objective, labels: Any, rows: npt.NDArray[Any], place: Place
) -> None:
    """Check that the last layer of each regression target can return the labels of the training part.

    Args:
        model: a model with one output tensor, or a dict of tensors by target name.
        objective: the objective with the targets.
        labels: the labels by target name.
        rows: the indices of the training part.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a label is outside the range of the last layer, so that the loss cannot become small.
    """
    for name, item in objective.targets.items():
        output = model.output[name] if isinstance(model.output, dict) else model.output
        found = output_range(output) if item.target.task == "regression" else None
        if found is None:
            continue
        activation, low, high = found
        numbers = np.asarray(labels[name][rows])
        if item.preparation is not None:
            numbers = item.preparation.transform(numbers)
        least, most = float(numbers.min()), float(numbers.max())
        if least < low or most > high:
            bounds = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
            message = (
                f"the activation {activation} of the last layer returns {bounds}, but the "
                f"{'' if item.preparation is None else 'prepared '}labels of {name} range from "
                f"{least:g} to {most:g}; remove the activation, or scale the labels"
            )
            raise refusal(place, "model", message)
