"""The diabetes dataset of scikit-learn: 442 patients with 10 measurements each."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class Diabetes(Source):
    """Progression of diabetes after one year, bundled with scikit-learn; no download.

    "Least angle regression" (Efron, Hastie, Johnstone and Tibshirani, 2004). Input `table` with 10 numeric columns,
    which are not scaled; target `y` (regression); no predefined test part.

    Example:
        source: Diabetes
    """

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Load all 442 samples into memory."""
        from sklearn.datasets import load_diabetes

        return bundled_table(load_diabetes(scaled=False))
