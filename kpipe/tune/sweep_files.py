"""The names of files in the folder of a sweep."""

from __future__ import annotations

from enum import StrEnum

from kpipe.run_files import RunFile


class SweepFile(StrEnum):
    """The name of a file or folder that a sweep writes into its folder.

    Example:
        >>> str(SweepFile.JOURNAL)
        'journal.jsonl'
    """

    SPEC = "spec.yaml"
    TRIAL = "trial.yaml"
    JOURNAL = RunFile.JOURNAL.value
    TRIALS = RunFile.TRIALS.value
    TABLE = "trials.csv"
    BEST = "best.yaml"
    SCORES = "scores.png"
    VALUE_PAIR = "value_pair.png"
    LEARNING_CURVES = "learning_curves.png"
    IMPORTANCE_PICTURE = "importance.png"
    IMPORTANCE = "importance.csv"
