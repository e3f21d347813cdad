"""The section `train.choose`."""

from __future__ import annotations

from typing import Literal

from kpipe.spec.sections.section import Section


class Choose(Section):
    """`train.choose:` the epoch whose model is kept.

    Args:
        monitor: a column of `history.csv`, or `last`; default `auto`: `val_loss`, or `last` without validation.
        mode: `min`, `max`, or `auto` (default): `max` for names that contain accuracy, precision, recall,
            sensitivity, specificity, true_positives, true_negatives, auc, f1, fbeta, iou, r2 or cosine_similarity;
            `min` for names that contain loss, error, false_positives or false_negatives; an error for others.
    """

    monitor: str = "auto"
    mode: Literal["auto", "min", "max"] = "auto"
