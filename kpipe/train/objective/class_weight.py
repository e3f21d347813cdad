"""Class weights, balanced or as defined in the spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.encoding.value_index import ValueIndex
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped


def class_weights(
    rule: Literal["balanced"] | Mapping[str, float],
    classes: Sequence[str],
    labels: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Return the weight of each class.

    `balanced`: w_c = n / (k n_c) for n samples of which n_c are of class c, k classes (King and Zeng,
    "Logistic regression in rare events data", Political Analysis 9, 2001; scikit-learn's `balanced`).

    Args:
        rule: `balanced`, or the weight of every class by its name; names are compared as values, so that `1.0` is the
            class `1`.
        classes: the k names, by class index.
        labels: class indices of the training part, of shape (n,).

    Returns:
        float32 of shape (k,).

    Raises:
        ArgumentError: a name is not a class, two names are the same class, a class has no weight, or a class has no
            samples.

    Example:
        >>> class_weights("balanced", ["a", "b"], np.array([0, 0, 0, 1]))
        array([0.6666667, 2.       ], dtype=float32)
    """
    if rule == "balanced":
        return _balanced(classes, labels)
    find = ValueIndex(classes).find
    places = {name: find(name) for name in rule}
    unknown = sorted(name for name, place in places.items() if place is None)
    missing = [name for place, name in enumerate(classes) if place not in places.values()]
    if unknown or missing:
        raise ArgumentError("class_weight", _names(unknown, missing, classes))
    if len(places) > len(classes):
        raise ArgumentError("class_weight", f"{_twice(places)} are the same class; write its weight once")
    by_place = {place: rule[name] for name, place in places.items()}
    return np.array([by_place[place] for place in range(len(classes))], np.float32)


def sample_weights(weights: npt.NDArray[np.float32], labels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the weight of each sample, which is that of its class, of shape (n,)."""
    chosen: npt.NDArray[np.float32] = weights[labels]
    return chosen


def _balanced(classes: Sequence[str], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    counts = np.bincount(labels, minlength=len(classes))
    absent = [name for name, count in zip(classes, counts, strict=True) if count == 0]
    if absent:
        raise ArgumentError(
            "class_weight",
            f"balanced requires samples of each class, but the training part has none of {_listed(absent)}; "
            "write the weight of each class by name",
        )
    weights: npt.NDArray[np.float32] = (len(labels) / (len(classes) * counts)).astype(np.float32)
    return weights


def _names(unknown: list[str], missing: list[str], classes: Sequence[str]) -> str:
    parts = []
    if unknown:
        what = "is not a class" if len(unknown) == 1 else "are not classes"
        parts.append(f"{_listed(unknown)} {what} of the dataset")
    if missing:
        parts.append(f"{_listed(missing)} {'has' if len(missing) == 1 else 'have'} no weight")
    return f"{'; '.join(parts)}; expected one weight for each of: {_listed(classes)}"


def _twice(places: Mapping[str, int | None]) -> str:
    names = list(places)
    second = next(name for number, name in enumerate(names) if places[name] in [places[one] for one in names[:number]])
    return f"{next(name for name in names if places[name] == places[second])!r} and {second!r}"


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(map(escaped, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
