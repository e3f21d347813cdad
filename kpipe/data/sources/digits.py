"""The digits dataset of scikit-learn: 1,797 handwritten digits of 8 x 8 pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpipe.data.dataset import Dataset, Target
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.source import OpenContext, Source


class Digits(Source):
    """Handwritten digits bundled with scikit-learn; no download.

    The test set of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI, 1998). Input
    `image`, uint8 (8, 8, 1) with values 0 to 16; target `y`, classes `0` to `9`; no predefined test part.

    Example:
        source: Digits
    """

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("image",)

    def open(self, context: OpenContext) -> Dataset:
        """Load all 1,797 samples into memory."""
        from sklearn.datasets import load_digits

        bunch = load_digits()
        target = Target("y", "classification", tuple(str(digit) for digit in range(10)), ())
        labels = {"y": bunch.target.astype(np.int64)}
        return ArrayDataset({"image": {"train": bunch.images.astype(np.uint8)}}, {"y": target}, labels)
