"""The samples that a model predicts worst, as in `worst.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Target
from kpipe.data.prepared import PreparedData
from kpipe.train.objective.evaluation import Evaluation

#: The number of samples of a target in each order.
MOST = 20
#: Most numbers of a vector that are written.
_MOST_NUMBERS = 8


class _Worst(NamedTuple):
    """A row of the file, without the cells of tables."""

    target: str
    order: str
    part: str
    number: int
    sample: str
    label: str
    predicted: str
    probability: float | None
    predicted_probability: float | None
    loss: float


@dataclass(frozen=True)
class WorstSamples:
    """The samples that a model predicts worst, with the rows of their tables.

    For each target, the 20 samples with the largest loss are in the order `loss`: the mean of -log p over the labels,
    where p is the probability of the label; for numbers, the mean absolute error in the units of the target; and for a
    multilabel target, the number of wrong labels. Of targets with exclusive classes, the 20 wrong predictions with the
    largest probability are in the order `confidence`.

    Args:
        found: the samples, the worst one of each target and order first.
        columns: the names of the columns of tables.
        cells: the cells of the tables by the index of the sample.
    """

    found: list[_Worst]
    columns: list[str] = field(default_factory=list)
    cells: Mapping[int, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, evaluation: Evaluation, prepared: PreparedData) -> WorstSamples:
        """Return the worst samples of a part.

        Args:
            evaluation: its evaluation, with scores.
            prepared: the data.
        """
        found = [
            entry
            for name, target in prepared.dataset.targets.items()
            if name in evaluation.predictions
            for entry in _of_target(evaluation, prepared, target)
        ]
        indices = np.array(sorted({entry.number for entry in found}), np.int64)
        return cls(found, *_rows(prepared.dataset, indices))

    @property
    def header(self) -> list[str]:
        """The names of the columns; those of tables follow the others."""
        return [*("index" if name == "number" else name for name in _Worst._fields), *self.columns]

    def rows(self) -> Iterator[list[Any]]:
        """Yield the rows of the file."""
        for entry in self.found:
            yield [*entry, *self.cells.get(entry.number, [])]


def _of_target(evaluation: Evaluation, prepared: PreparedData, target: Target) -> Iterator[_Worst]:
    losses = _losses(evaluation, target)
    if losses is None:
        return
    worst = np.argsort(-np.nan_to_num(losses, nan=-np.inf), kind="stable")[:MOST]
    orders = {"loss": worst[~np.isnan(losses[worst])]}
    scores = evaluation.scores.get(target.name)
    if scores is not None:
        labels = evaluation.labels[target.name].reshape(len(losses), -1)
        own = np.take_along_axis(labels, scores.position[:, None], axis=1)[:, 0]
        wrong = np.flatnonzero((scores.predicted != own) & ~np.isnan(losses))
        order = np.argsort(-scores.predicted_probability[wrong], kind="stable")[:MOST]
        orders["confidence"] = wrong[order]
    for order_name, places in orders.items():
        for place in places.tolist():
            yield _worst(evaluation, prepared, target, order_name, place, float(losses[place]))


def _losses(evaluation: Evaluation, target: Target) -> npt.NDArray[Any] | None:
    """Return the loss of each sample; None if the outputs do not have the shape of the labels."""
    scores = evaluation.scores.get(target.name)
    if scores is not None:
        return scores.loss
    labels, predictions = (values[target.name] for values in (evaluation.labels, evaluation.predictions))
    labels, predictions = (values.reshape(len(values), -1) for values in (labels, predictions))
    if labels.shape != predictions.shape or target.task not in ("regression", "multilabel"):
        return None
    errors = np.abs(predictions.astype(np.float64) - labels)
    return np.asarray(errors.mean(axis=1) if target.task == "regression" else (errors > 0.5).sum(axis=1), np.float64)


def _worst(
    evaluation: Evaluation, prepared: PreparedData, target: Target, order: str, place: int, loss: float
) -> _Worst:
    index = int(prepared.parts[evaluation.part][place])
    scores = evaluation.scores.get(target.name)
    label, predicted = (values[target.name][place] for values in (evaluation.labels, evaluation.predictions))
    if scores is not None:
        position = int(scores.position[place])
        label, predicted = np.ravel(label)[position], np.ravel(predicted)[position]
    return _Worst(
        target=target.name,
        order=order,
        part=evaluation.part,
        number=index,
        sample=prepared.dataset.sample_name(index),
        label=_text(target, label),
        predicted=_text(target, predicted),
        probability=None if scores is None else _rounded(scores.probability[place]),
        predicted_probability=None if scores is None else _rounded(scores.predicted_probability[place]),
        loss=_rounded(loss),
    )


def _text(target: Target, value: npt.NDArray[Any]) -> str:
    """Return a label or a prediction as text; empty for an image."""
    if target.task == "multilabel":
        return ", ".join(name for name, number in zip(target.classes or (), value, strict=True) if number > 0.5)
    if target.classes is not None:
        return target.classes[int(value)]
    numbers = np.ravel(value)
    if len(target.shape) > 1:
        return ""
    listed = ", ".join(f"{number:.6g}" for number in numbers[:_MOST_NUMBERS].tolist())
    if not target.shape:
        return listed
    return f"[{listed}, …]" if len(numbers) > _MOST_NUMBERS else f"[{listed}]"


def _rounded(number: float | np.floating[Any]) -> float:
    return float(f"{number:.6g}")


def _rows(dataset: Dataset, indices: npt.NDArray[np.int64]) -> tuple[list[str], dict[int, list[Any]]]:
    """Return the columns of all tables, and the cells of some samples."""
    columns: list[str] = []
    cells: dict[int, list[Any]] = {int(index): [] for index in indices}
    tables = [entry for entry in dataset.inputs.values() if entry.kind == "table"]
    for entry in tables if len(indices) else ():
        columns += [f"{entry.name}.{column.name}" if len(tables) > 1 else column.name for column in entry.columns]
        values = dataset.rows(entry.name, indices)
        for place, index in enumerate(indices.tolist()):
            own = {kind: iter(values[kind][place].tolist()) for kind in ("numeric", "categorical")}
            cells[index] += [next(own[column.kind]) for column in entry.columns]
    return columns, cells
