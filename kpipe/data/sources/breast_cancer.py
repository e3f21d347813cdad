"""BreastCancer: 569 tumours by thirty measurements."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class BreastCancer(Source):
    """Breast cancer (Wisconsin, diagnostic), bundled with scikit-learn; no download.

    "Nuclear feature extraction for breast tumor diagnosis" (Street, Wolberg and Mangasarian, 1993). Input
    `table`, 30 numeric columns; target `y`, classes `malignant` and `benign`; no fixed test part.

    Example:
        source: BreastCancer
    """

    def input_names(self) -> Sequence[str]:
        """One input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Loads all 569 samples into memory."""
        from sklearn.datasets import load_breast_cancer

        return bundled_table(load_breast_cancer())
