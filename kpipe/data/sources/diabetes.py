"""Diabetes: 442 patients by ten measurements."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class Diabetes(Source):
    """Progress of diabetes after one year, bundled with scikit-learn; no download.

    "Least angle regression" (Efron, Hastie, Johnstone and Tibshirani, 2004). Input `table`, ten numeric
    columns as measured, not scaled; target `y`, a number (regression); no fixed test part.

    Example:
        source: Diabetes
    """

    def input_names(self) -> Sequence[str]:
        """One input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Loads all 442 samples into memory."""
        from sklearn.datasets import load_diabetes

        return bundled_table(load_diabetes(scaled=False))
