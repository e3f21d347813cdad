"""The scores of all samples of a part, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.prepared import PreparedData
from kpipe.train.objective.objective import Objective
from kpipe.train.objective.sample_scorer import SampleScorer
from kpipe.train.objective.sample_scores import SampleScores


class Scoring:
    """Scores the samples of a part by the labels of the dataset, while a model is evaluated on it.

    Only the scores are kept, not the outputs: they need 28 bytes for each sample.

    Args:
        prepared: the data.
        part: the name of the part.
        objective: the objective; only its targets with exclusive classes are scored.
    """

    def __init__(self, prepared: PreparedData, part: str, objective: Objective) -> None:
        scorers = {name: SampleScorer.of(item) for name, item in objective.targets.items()}
        self._scorers = {name: scorer for name, scorer in scorers.items() if scorer is not None}
        self._labels, self._indices = prepared.dataset.labels, prepared.parts[part]
        self._batches: dict[str, list[SampleScores]] = {name: [] for name in self._scorers}
        self._scored = dict.fromkeys(self._scorers, 0)

    def add(self, name: str, outputs: npt.NDArray[Any], mask: npt.NDArray[np.bool_] | None = None) -> None:
        """Score the next batch of a target.

        Args:
            name: the name of the target; those that have no scores are skipped.
            outputs: the outputs of the model.
            mask: the positions that count; None for all.
        """
        if name not in self._scorers:
            return
        start = self._scored[name]
        self._scored[name] += len(outputs)
        labels = np.asarray(self._labels[name][self._indices[start : self._scored[name]]])
        if (found := self._scorers[name].scores(outputs, labels, mask)) is not None:
            self._batches[name].append(found)

    def scores(self) -> dict[str, SampleScores]:
        """Return the scores of all samples by target name; without targets whose outputs do not fit the labels."""
        return {name: SampleScores.joined(batches) for name, batches in self._batches.items() if batches}
