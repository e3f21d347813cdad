"""The iris dataset of scikit-learn: 150 flowers with 4 measurements each."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class Iris(Source):
    """Iris flowers bundled with scikit-learn; no download.

    "The use of multiple measurements in taxonomic problems" (Fisher, 1936). Input `table` with 4 numeric
    columns in cm; target `y` with 3 classes; no predefined test part.

    Example:
        source: Iris
    """

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Load all 150 samples into memory."""
        from sklearn.datasets import load_iris

        return bundled_table(load_iris())
