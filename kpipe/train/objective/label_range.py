"""Refuses numbers to learn that the last layer can never return."""

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
    """Compare what each regression target's last layer can return with the labels of the training part.

    Args:
        model: one output tensor, or a dict by target name.
        objective: its targets.
        labels: by target name.
        rows: the samples of the training part.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a label lies outside, so that the loss could never become small.
    """
    for name, item in objective.targets.items():
        output = model.output[name] if isinstance(model.output, dict) else model.output
        found = output_range(output) if item.target.task == "regression" else None
        if found is None:
            continue
        activation, low, high = found
        numbers = np.asarray(labels[name][rows])
        least, most = float(numbers.min()), float(numbers.max())
        if least < low or most > high:
            bounds = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
            message = (
                f"the last layer ends with {activation}, which returns {bounds}, and the labels of {name} are from "
                f"{least:g} to {most:g}: leave the activation out, or scale the labels"
            )
            raise refusal(place, "model", message)
