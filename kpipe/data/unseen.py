"""Reports categories and classes that the training part lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kpipe.data.dataset import Dataset, Indices, Target
from kpipe.data.table_coding import TableCoding
from kpipe.messages.escaped import escaped

#: Values that a message lists, and rows that are compared at a time.
_MOST_SHOWN, _ROWS = 5, 65_536

#: Rows that are concerned, and all rows, by part.
Shares = Mapping[str, tuple[int, int]]


def report_unseen(
    dataset: Dataset,
    train: Indices,
    parts: Mapping[str, Indices],
    codings: Mapping[str, TableCoding],
    say: Callable[[str], None],
) -> None:
    """Reports, by column and target, the values of other parts that the training part lacks, with their share.

    Args:
        dataset: the opened source.
        train: indices of the training part.
        parts: those of the parts that are searched, by name.
        codings: by table's name; their categories are known.
        say: receives one line for each column or target.
    """
    for name, coding in codings.items():
        if coding.categorical:
            _report_categories(dataset, parts, name, coding, say)
    for target in dataset.targets.values():
        if target.task == "classification" and target.shape == ():
            _report_classes(dataset, train, parts, target, say)


def unseen_categories(column: str, values: Sequence[str], shares: Shares) -> str:
    """The line about one column.

    Args:
        column: its name.
        values: the categories that the training part lacks.
        shares: keyed by part name, or by `""` where there are no parts.

    Example:
        >>> unseen_categories("zone", ["7"], {"test": (3, 10)})
        "column 'zone': the training part does not have 7 (test: 3 of 10 rows, 30%); the model takes it for unknown"
    """
    them = "it" if len(values) == 1 else "them"
    return (
        f"column {column!r}: the training part does not have {_listed(values)} ({_shares(shares, 'rows')}); "
        f"the model takes {them} for unknown"
    )


def _report_categories(
    dataset: Dataset, parts: Mapping[str, Indices], name: str, coding: TableCoding, say: Callable[[str], None]
) -> None:
    found = {part: _unknown(dataset, indices, name, coding) for part, indices in parts.items()}
    for column in coding.categorical:
        counts = {part: columns[column.name] for part, columns in found.items() if columns[column.name]}
        if counts:
            values = sorted({value for counter in counts.values() for value in counter})
            shares = {part: (counter.total(), len(parts[part])) for part, counter in counts.items()}
            say(unseen_categories(column.name, values, shares))


def _unknown(dataset: Dataset, indices: Indices, name: str, coding: TableCoding) -> dict[str, Counter[str]]:
    whole: dict[str, Counter[str]] = {column.name: Counter() for column in coding.categorical}
    for first in range(0, len(indices), _ROWS):
        for column, counter in coding.unknown(dataset.rows(name, indices[first : first + _ROWS])).items():
            whole[column].update(counter)
    return whole


def _report_classes(
    dataset: Dataset, train: Indices, parts: Mapping[str, Indices], target: Target, say: Callable[[str], None]
) -> None:
    labels, classes = np.asarray(dataset.labels[target.name]), target.classes or ()
    seen = np.bincount(labels[train], minlength=len(classes)) > 0
    if seen.all():
        return
    shares, missing = {}, set[int]()
    for part, indices in parts.items():
        unseen = labels[indices][~seen[labels[indices]]]
        if len(unseen):
            shares[part] = (len(unseen), len(indices))
            missing.update(unseen.tolist())
    if missing:
        listed = _listed([classes[index] for index in sorted(missing)])
        say(
            f"target {target.name!r}: the training part has no sample of {listed} ({_shares(shares, 'samples')}), so "
            "the model cannot learn to predict this"
        )


def _listed(values: Sequence[str]) -> str:
    more = f", ... ({len(values)} in all)" if len(values) > _MOST_SHOWN else ""
    return ", ".join(map(escaped, values[:_MOST_SHOWN])) + more


def _shares(shares: Shares, noun: str) -> str:
    texts = []
    for part, (count, total) in shares.items():
        text = f"{count:,} of {total:,} {noun}, {100 * count / total:.3g}%"
        texts.append(f"{part}: {text}" if part else text)
    return "; ".join(texts)
