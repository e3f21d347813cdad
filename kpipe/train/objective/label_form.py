"""The form of the labels that a loss expects."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

#: `sparse`: class indices; `one_hot`: a 1 in the class's column; `binary`: one number 0 or 1 for two classes;
#: `numbers`: as they are (regression, and the 0/1 columns of multilabel).
Form = Literal["sparse", "one_hot", "binary", "numbers"]


def encode(
    form: Form, labels: npt.NDArray[Any], classes: int, shape: tuple[int, ...] | None = None
) -> npt.NDArray[Any]:
    """Return labels in the form that the loss expects; each sample is encoded independently.

    Args:
        form: the form that the loss expects.
        labels: class indices or numbers; the first axis is that of samples.
        classes: the number of classes; not used for `numbers`.
        shape: for `numbers`, the shape of one sample of the model's output, so that (n,) becomes (n, 1),
            since Keras would silently broadcast (n,) and (n, 1) to (n, n). None keeps the shape.

    Returns:
        `sparse`: int64 of the same shape; `one_hot`: float32 of shape (..., classes); `binary`: float32 (n,
        1); `numbers`: float32 (n, *shape).

    Example:
        >>> encode("one_hot", np.array([1, 0]), 2)
        array([[0., 1.],
               [1., 0.]], dtype=float32)
    """
    if form == "sparse":
        return labels
    if form == "one_hot":
        columns: npt.NDArray[Any] = np.eye(classes, dtype=np.float32)[labels]
        return columns
    if form == "binary":
        return labels.astype(np.float32).reshape(len(labels), 1)
    values = labels.astype(np.float32, copy=False)
    if shape is not None:
        values = values.reshape(len(values), *shape)
    return values
