"""Whether lower or higher values of a metric are better."""

from __future__ import annotations

from typing import Literal

#: The value of `train.choose.monitor` for the last epoch, which is not compared.
LAST = "last"
_HIGHER = (
    "accuracy",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "true_positives",
    "true_negatives",
    "auc",
    "f1",
    "fbeta",
    "iou",
    "io_u",
    "r2",
    "cosine_similarity",
)
_LOWER = ("loss", "error", "false_positives", "false_negatives")


def direction(name: str) -> Literal["min", "max"] | None:
    """Return whether lower or higher values of a metric are better, by its name; None if the name does not show it.

    Example:
        >>> direction("val_top_k_categorical_accuracy"), direction("val_loss"), direction("kl_divergence")
        ('max', 'min', None)
    """
    if name.endswith("loss"):
        return "min"
    if any(f"_{word}_" in f"_{name}_" for word in _HIGHER):
        return "max"
    return "min" if any(f"_{word}_" in f"_{name}_" for word in _LOWER) else None
