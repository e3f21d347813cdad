"""The columns of a list of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kpipe.errors import DataError
from kpipe.nearest import listed, nearest
from kpipe.report.runs.run_summary import COLUMNS, RunSummary

#: The most metrics that are shown by default.
_MOST_METRICS = 6


class RunColumns:
    """The columns that some runs have.

    Args:
        summaries: the runs.
    """

    def __init__(self, summaries: Sequence[RunSummary]) -> None:
        self._summaries = summaries

    def metrics(self) -> list[str]:
        """Return the validation and test metrics of all runs, those of the validation part first."""
        found = dict.fromkeys(name for summary in self._summaries for name in summary.metrics)
        return sorted(found, key=lambda name: name.startswith("test_"))

    def main_metrics(self) -> list[str]:
        """Return the validation and test columns of the loss and the first metric of each run, at most 6."""
        names = dict.fromkeys(name for summary in self._summaries for name in _main(summary))
        known = self.metrics()
        chosen = [f"{part}_{name}" for part in ("val", "test") for name in names if f"{part}_{name}" in known]
        return chosen[:_MOST_METRICS]

    def check(self, names: Iterable[str], place: str) -> None:
        """Check that some run has each of some columns.

        Args:
            names: columns, see `RunSummary.value`.
            place: the argument that contains them.

        Raises:
            DataError: no run has a column.
        """
        for name in names:
            if name not in COLUMNS and all(summary.value(name) is None for summary in self._summaries):
                raise self._unknown(name, place)

    def _unknown(self, name: str, place: str) -> DataError:
        if "." in name:
            message = f"no run has the value {name}; expected the path of a value as for --set, such as train.epochs"
            return DataError(f"{place}: {message}")
        training = dict.fromkeys(metric for summary in self._summaries for metric in summary.history.metrics)
        known = list(dict.fromkeys([*COLUMNS, *self.metrics(), *training]))
        meant = nearest(name, known)
        hint = f"; did you mean {meant}?" if meant else ""
        return DataError(
            f"{place}: unknown column {name!r}; available: {listed(known)}, and paths of values of the spec, such as "
            f"train.epochs{hint}"
        )


def _main(summary: RunSummary) -> list[str]:
    names = list(summary.validation) or list(summary.test)
    return names[:2]
