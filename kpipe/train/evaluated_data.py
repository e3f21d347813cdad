"""The data of a run that has ended, with the predictions of its kept model."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.data.prepared import PreparedData
from kpipe.train.objective.evaluation import Evaluation


@dataclass(frozen=True)
class EvaluatedData:
    """The open data of a run, and the evaluation of the part that `worst.csv` is about.

    Args:
        prepared: the data.
        evaluation: the evaluation; None if nothing was evaluated.
    """

    prepared: PreparedData
    evaluation: Evaluation | None
