"""The messages about samples whose values are far outside of the range in the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kpipe.data.raw_ranges import Place, place_name
from kpipe.data.value_range import ValueRange
from kpipe.report.prediction_input import Sample


class FarSamples:
    """Counts samples with values outside of the training range by more than its width.

    Args:
        described: the contents of `data.json`; one of kpipe 0.1.0 has no ranges.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._ranges: dict[Place, ValueRange] = {}
        for name, entry in described["inputs"].items():
            for column, ends in ((None, entry.get("range")), *((c["name"], c.get("range")) for c in entry["columns"])):
                if ends is not None:
                    self._ranges[name, column] = ValueRange(ends[0], ends[1], 0)
        self._found: dict[Place, list[tuple[float, float]]] = {place: [] for place in self._ranges}
        self._count = 0

    def add(self, sample: Sample) -> None:
        """Count a sample without an error."""
        self._count += 1
        for place, known in self._ranges.items():
            name, column = place
            value = sample.values[name] if column is None else sample.values[name][column]
            low, high = float(np.min(value)), float(np.max(value))
            if known.is_far(low, high):
                self._found[place].append((low, high))

    def messages(self) -> Iterator[str]:
        """Yield a message for each input or column with such samples."""
        for place, ends in self._found.items():
            if ends:
                expected, got = (
                    self._ranges[place],
                    ValueRange(min(low for low, _ in ends), max(high for _, high in ends), len(ends)),
                )
                yield (
                    f"{place_name(place)}: the values of {len(ends):,} of {self._count:,} samples are far outside of "
                    f"the training range; expected about {expected}, got {got}; use the units of the training"
                )
