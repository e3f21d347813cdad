"""The wine dataset of scikit-learn: 178 wines with 13 measurements each."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class Wine(Source):
    """Wines of three cultivars, bundled with scikit-learn; no download.

    "Wine Recognition" (Forina et al., UCI, 1991). Input `table` with 13 numeric columns; target `y` with 3
    classes; no predefined test part.

    Example:
        source: Wine
    """

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Load all 178 samples into memory."""
        from sklearn.datasets import load_wine

        return bundled_table(load_wine())
