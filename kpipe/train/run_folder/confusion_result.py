"""The confusions of an evaluation, as in `result.json` and `confusion.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kpipe.train.objective.confusion import Confusion
from kpipe.train.objective.per_class_metrics import PerClassMetrics

#: The number of confusions that are listed of a matrix that is too large.
LISTED = 100


@dataclass(frozen=True)
class ConfusionResult:
    """The confusion matrices of the targets with up to 100 classes, and lists and rows of larger ones.

    Args:
        classes: the metrics of each class by target name.
    """

    #: The header of `confusion.csv`.
    HEADER = ("target", "true", "predicted", "samples")

    classes: Mapping[str, PerClassMetrics] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return `confusion` {target: matrix}, and if any is larger, `confused` {target: [{true, predicted, …}]}."""
        found = self._confusions()
        small = {name: entry.matrix().tolist() for name, entry in found.items() if not entry.is_large}
        large = {name: self._listed(entry) for name, entry in found.items() if entry.is_large}
        return {"confusion": small, **({"confused": large} if large else {})}

    @property
    def has_rows(self) -> bool:
        """Whether a matrix is too large for `result.json`."""
        return any(entry.is_large for entry in self._confusions().values())

    def rows(self) -> Iterator[tuple[str, str, str, int]]:
        """Yield all entries above 0 of the matrices that are too large."""
        for name, entry in self._confusions().items():
            if entry.is_large:
                yield from ((name, *row) for row in entry.rows())

    def _confusions(self) -> dict[str, Confusion]:
        return {name: entry.confusion for name, entry in self.classes.items() if entry.confusion is not None}

    def _listed(self, confusion: Confusion) -> list[dict[str, Any]]:
        return [dict(zip(self.HEADER[1:], row, strict=True)) for row in confusion.most_frequent(LISTED)]
