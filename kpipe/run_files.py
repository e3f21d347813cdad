"""The names of files in a run folder."""

from __future__ import annotations

from enum import StrEnum


class RunFile(StrEnum):
    """The name of a file or folder that a run writes into its folder.

    Example:
        >>> from pathlib import Path
        >>> (Path("runs/1") / RunFile.HISTORY).as_posix()
        'runs/1/history.csv'
    """

    SPEC = "spec.yaml"
    IMPORTS = "imports"
    DATA = "data.json"
    BAD_SAMPLES = "bad_samples.csv"
    HISTORY = "history.csv"
    VALIDATIONS = "validations.csv"
    LAYERS = "layers.csv"
    STEPS = "steps.csv"
    MEASUREMENTS = "measurements.csv"
    EVIDENCE = "evidence.json"
    RESULT = "result.json"
    CONFUSION = "confusion.csv"
    WORST = "worst.csv"
    PICTURES = "pictures"
    SUSPECTS = "suspects.csv"
    CHECK = "check.json"
    LEARNING_RATE = "learning_rate.png"
    MODEL = "model.keras"
    CHECKPOINTS = "checkpoint"
    FOLDS = "folds"
    TRIALS = "trials"
    JOURNAL = "journal.jsonl"
    TENSORBOARD = "tensorboard"
    STARTED = "started.json"
    LOG = "log.txt"
    REPORT = "report.html"
