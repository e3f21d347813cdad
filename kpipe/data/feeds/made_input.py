"""How the values of one input of a batch are made."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.evaluation import Evaluation
from kpipe.data.views.input_views import InputViews


@dataclass(frozen=True)
class MadeInput:
    """How the values of one input are made.

    Args:
        number: the position of the input in the dataset, from 0.
        shape: the shape of a sample in a batch, without the axis of views.
        dtype: the NumPy name of its type in a batch.
        raw_dtype: the NumPy name of its type in the source; resized images of bytes are rounded for an augmentation.
        augmentation: applied to each training sample; None for none.
        evaluation: applied to each sample that is not augmented; None for none.
        views: makes the views of each image; None for none.
    """

    number: int
    shape: tuple[int, ...]
    dtype: str
    raw_dtype: str
    augmentation: Augmentation | None = None
    evaluation: Evaluation | None = None
    views: InputViews | None = None
