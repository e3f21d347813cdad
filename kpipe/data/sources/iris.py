"""Iris: 150 flowers by four lengths."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.dataset import Dataset
from kpipe.data.sources.bundled_table import bundled_table
from kpipe.data.sources.source import OpenContext, Source


class Iris(Source):
    """Iris flowers bundled with scikit-learn; no download.

    "The use of multiple measurements in taxonomic problems" (Fisher, 1936). Input `table`, four numeric
    columns in cm; target `y`, three classes; no fixed test part.

    Example:
        source: Iris
    """

    def input_names(self) -> Sequence[str]:
        """One input."""
        return ("table",)

    def open(self, context: OpenContext) -> Dataset:
        """Loads all 150 samples into memory."""
        from sklearn.datasets import load_iris

        return bundled_table(load_iris())
