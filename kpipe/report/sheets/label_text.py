"""Labels as captions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Target

#: Most values of a sequence or vector in a caption.
_MOST_VALUES = 8


def label_text(target: Target, label: npt.NDArray[Any]) -> str:
    """Return the label of one sample as a caption: class names or numbers.

    Args:
        target: the target.
        label: its label, in the form of `Dataset.labels`.

    Example:
        >>> label_text(Target("y", "multilabel", ("cat", "dog", "owl"), (3,)), np.array([1.0, 0.0, 1.0]))
        'cat, owl'
        >>> label_text(Target("y", "regression", None, ()), np.float32(2.5))
        '2.5'
    """
    if target.classes is None:
        numbers = [f"{number:.6g}" for number in np.ravel(label)[:_MOST_VALUES].tolist()]
        return numbers[0] if np.ndim(label) == 0 else f"[{_listed(numbers, np.size(label))}]"
    if target.task == "multilabel":
        chosen = [name for name, value in zip(target.classes, label, strict=True) if value > 0.5]
        return ", ".join(chosen) or "(none)"
    indices = np.ravel(label).astype(np.int64)
    return _listed([target.classes[index] for index in indices[:_MOST_VALUES]], len(indices))


def _listed(texts: list[str], count: int) -> str:
    return ", ".join(texts) + (f", … ({count:,})" if count > len(texts) else "")
