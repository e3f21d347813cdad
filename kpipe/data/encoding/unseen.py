"""Reports of categories and classes that do not occur in the training part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kpipe.data.dataset import Dataset, Indices, Target
from kpipe.data.encoding.table_coding import TableCoding
from kpipe.messages.escaped import escaped

#: Values that a message lists, and rows that are compared at a time.
_MAX_SHOWN, _CHUNK_ROWS = 5, 65_536

#: The number of affected rows and of all rows, keyed by part name.
Counts = Mapping[str, tuple[int, int]]


def report_unseen(
    dataset: Dataset,
    train: Indices,
    parts: Mapping[str, Indices],
    codings: Mapping[str, TableCoding],
    say: Callable[[str], None],
) -> None:
    """Report values of other parts that do not occur in the training part, with their frequency.

    Args:
        dataset: the opened source.
        train: indices of the training part.
        parts: indices of the parts to search, keyed by part name.
        codings: the codings of the tables, with known categories, keyed by input name.
        say: receives one line per column or target.
    """
    for name, coding in codings.items():
        if coding.categorical:
            _report_categories(dataset, parts, name, coding, say)
    for target in dataset.targets.values():
        if target.task == "classification" and target.shape == ():
            _report_classes(dataset, train, parts, target, say)


def unseen_categories(column: str, values: Sequence[str], counts: Counts) -> str:
    """Return the message about the unseen categories of a column.

    Args:
        column: the column name.
        values: the categories that do not occur in the training part.
        counts: affected rows and all rows, keyed by part name, or by `""` if there are no parts.

    Example:
        >>> unseen_categories("zone", ["7"], {"test": (3, 10)})
        "column 'zone': 7 does not occur in the training part (test: 3 of 10 rows, 30%); the model treats it as unknown"
    """
    verb, them = ("does", "it") if len(values) == 1 else ("do", "them")
    return (
        f"column {column!r}: {_listed(values)} {verb} not occur in the training part ({_frequencies(counts, 'rows')}); "
        f"the model treats {them} as unknown"
    )


def _report_categories(
    dataset: Dataset, parts: Mapping[str, Indices], name: str, coding: TableCoding, say: Callable[[str], None]
) -> None:
    found = {part: _unknown(dataset, indices, name, coding) for part, indices in parts.items()}
    for column in coding.categorical:
        counts = {part: columns[column.name] for part, columns in found.items() if columns[column.name]}
        if counts:
            values = sorted({value for counter in counts.values() for value in counter})
            rows = {part: (counter.total(), len(parts[part])) for part, counter in counts.items()}
            say(unseen_categories(column.name, values, rows))


def _unknown(dataset: Dataset, indices: Indices, name: str, coding: TableCoding) -> dict[str, Counter[str]]:
    totals: dict[str, Counter[str]] = {column.name: Counter() for column in coding.categorical}
    for first in range(0, len(indices), _CHUNK_ROWS):
        for column, counter in coding.unknown(dataset.rows(name, indices[first : first + _CHUNK_ROWS])).items():
            totals[column].update(counter)
    return totals


def _report_classes(
    dataset: Dataset, train: Indices, parts: Mapping[str, Indices], target: Target, say: Callable[[str], None]
) -> None:
    labels, classes = np.asarray(dataset.labels[target.name]), target.classes or ()
    seen = np.bincount(labels[train], minlength=len(classes)) > 0
    if seen.all():
        return
    counts, missing = {}, set[int]()
    for part, indices in parts.items():
        unseen = labels[indices][~seen[labels[indices]]]
        if len(unseen):
            counts[part] = (len(unseen), len(indices))
            missing.update(unseen.tolist())
    if missing:
        listed = _listed([classes[index] for index in sorted(missing)])
        noun, them = ("class", "it") if len(missing) == 1 else ("classes", "them")
        say(
            f"target {target.name!r}: the training part has no samples of the {noun} {listed} "
            f"({_frequencies(counts, 'samples')}); the model cannot learn to predict {them}"
        )


def _listed(values: Sequence[str]) -> str:
    more = f", ... ({len(values)} in all)" if len(values) > _MAX_SHOWN else ""
    return ", ".join(map(escaped, values[:_MAX_SHOWN])) + more


def _frequencies(counts: Counts, noun: str) -> str:
    listed = []
    for part, (count, total) in counts.items():
        frequency = f"{count:,} of {total:,} {noun}, {100 * count / total:.3g}%"
        listed.append(f"{part}: {frequency}" if part else frequency)
    return "; ".join(listed)
