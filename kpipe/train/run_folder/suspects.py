"""The samples whose label is probably wrong, as in `suspects.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kpipe.data.prepared import PreparedData
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.sample_scorer import SampleScorer
from kpipe.train.run_folder.suspects_line import suspects_line

#: The probability of a label below which its sample is a suspect.
THRESHOLD = 0.05


class _Suspect(NamedTuple):
    """A row of the file in the order of its columns, after the number of the sample in the dataset."""

    number: int
    sample: str
    part: str
    target: str
    label: str
    probability: float
    predicted: str
    predicted_probability: float
    position: int


@dataclass(frozen=True)
class Suspects:
    """The samples whose label has a probability below 0.05 by a model that was not trained on them.

    A sequence is one row with the position of its least probable label. Masks of images have no suspects, since many
    pixels at the edges of regions have improbable labels.

    Args:
        found: the suspects, the least probable label first.
        samples: the number of samples that were evaluated.
        has_positions: whether a target is a sequence.
    """

    found: Sequence[_Suspect]
    samples: int
    has_positions: bool

    @classmethod
    def of(cls, evaluations: Mapping[str, Evaluation], prepared: PreparedData) -> Suspects:
        """Return the suspects of evaluated parts.

        Args:
            evaluations: the evaluations by part; those without scores have no suspects.
            prepared: the data.
        """
        targets = {name: target for name, target in prepared.dataset.targets.items() if len(target.shape) < 2}
        scored = {part: evaluation for part, evaluation in evaluations.items() if evaluation.scores.keys() & targets}
        rows = [
            row
            for part, evaluation in scored.items()
            for name in evaluation.scores
            if name in targets
            for row in _rows(part, name, evaluation, prepared)
        ]
        rows.sort(key=lambda row: row.probability)
        names = {name for evaluation in scored.values() for name in evaluation.scores}
        return cls(
            rows,
            sum(len(prepared.parts[part]) for part in scored),
            any(targets[name].task == "sequence" for name in names & targets.keys()),
        )

    @staticmethod
    def are_possible(objective: Objective) -> bool:
        """Return whether a target can have suspects: exclusive classes, the probabilities of which are known."""
        targets = (item for item in objective.targets.values() if len(item.target.shape) < 2)
        return any(SampleScorer.of(item) is not None for item in targets)

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        names = _Suspect._fields[1:]
        return names if self.has_positions else names[:-1]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the file; probabilities have 6 digits, and positions begin at 0."""
        for row in self.found:
            yield row[1 : len(self.header) + 1]

    @property
    def line(self) -> str:
        """The message about the suspects."""
        return suspects_line(len({(row.part, row.number) for row in self.found}), self.samples)


def _rows(part: str, name: str, evaluation: Evaluation, prepared: PreparedData) -> Iterator[_Suspect]:
    scores, target, indices = evaluation.scores[name], prepared.dataset.targets[name], prepared.parts[part]
    classes = target.classes or ()
    labels = evaluation.labels[name].reshape(len(indices), -1)
    for row in np.flatnonzero(scores.probability < THRESHOLD):
        position = int(scores.position[row])
        yield _Suspect(
            number=int(indices[row]),
            sample=prepared.dataset.sample_name(int(indices[row])),
            part=part,
            target=name,
            label=classes[int(labels[row, position])],
            probability=_rounded(scores.probability[row]),
            predicted=classes[int(scores.predicted[row])],
            predicted_probability=_rounded(scores.predicted_probability[row]),
            position=position,
        )


def _rounded(number: np.float32) -> float:
    return float(f"{number:.6g}")
