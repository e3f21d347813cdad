"""The breast cancer dataset of scikit-learn: 569 tumors with 30 measurements each."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class BreastCancer(Source):
    """Breast cancer (Wisconsin, diagnostic), bundled with scikit-learn; no download.

    "Nuclear feature extraction for breast tumor diagnosis" (Street, Wolberg and Mangasarian, 1993). Input `table`
    with 30 numeric columns; target `y` with classes `malignant` and `benign`; no predefined test part.

    Example:
        source: BreastCancer
    """

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Load all 569 samples into memory."""
        from sklearn.datasets import load_breast_cancer

        return bundled_table(load_breast_cancer())
