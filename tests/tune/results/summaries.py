"""Summaries of sweeps that did not run."""

from pathlib import Path

from kpipe.space.search_space import SearchSpace
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.tune.results.importance import importance
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.sweep_trial import SweepTrial

SPACE = """\
train.optimizer.learning_rate: {Log: [1e-4, 1]}
train.regularize.l2: {Log: [1e-5, 1e5]}
data.batch_size: {Choice: [64, 32, 128]}
"""


def space_of(text):
    return SearchSpace.read(read_text(text, "spec.yaml"), lambda entry: entry, [])


def trial(number, values, scores=(), status="completed", stage=1, curves=None, best_epochs=None):
    """A trial whose curve is its score, unless curves are given; each score is that of the last epoch."""
    curves = [[score] for score in scores] if curves is None else curves
    epochs = max((len(curve) for curve in curves), default=1)
    best_epochs = [len(curve) for curve in curves] if best_epochs is None else best_epochs
    return SweepTrial(number, stage, values, Path("folder"), status, [*scores], best_epochs, curves, epochs)


def summary_of(trials, text=SPACE, mode="max", monitor="val_accuracy"):
    space = space_of(text)
    sign = 1 if mode == "min" else -1
    ranked = [entry for entry in trials if entry.scores and entry.status not in ("running", "pruned")]
    return SweepSummary(
        space=space,
        trials=trials,
        ranked=sorted(ranked, key=lambda entry: sign * entry.score),
        monitor=monitor,
        mode=mode,
        importance=importance(space, trials, mode),
    )


def values(rate, l2, batch_size):
    return {
        "train.optimizer.learning_rate": rate,
        "train.regularize.l2": l2,
        "data.batch_size": batch_size,
    }


def small(mode="max"):
    """Five trials: two with a score, one of a second stage that is the best, one pruned, and one that failed."""
    sign = 1 if mode == "max" else -1
    return summary_of(
        [
            trial(1, values(1e-3, 1e-1, 32), [sign * 0.5], curves=[[sign * 0.4, sign * 0.5]]),
            trial(2, values(1e-2, 1e1, 64), [sign * 0.6]),
            trial(3, values(1.0, 1e3, 128), status="exploded"),
            trial(4, values(1e-4, 1e-3, 32), [sign * 0.45], status="pruned"),
            trial(5, values(1e-2, 1e-2, 128), [sign * 0.7, sign * 0.9], stage=2),
        ],
        mode=mode,
    )


def lines(axes, label):
    """The coordinates of the lines of axes that have a label."""
    return [
        [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)]
        for line in axes.lines
        if line.get_label() == label
    ]
