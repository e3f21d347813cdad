"""The plots of a run, which are drawn on its page and as files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kpipe.report.pages.curve import Curve
from kpipe.report.pages.series_color import series_color
from kpipe.report.run_page.moving_average import moving_average
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.stage_ends import stage_ends

#: The colors of the training, the validation, and a sample of the training part in inference mode.
TRAINING, VALIDATION, SAMPLE = map(series_color, range(3))
#: How many windows of the moving average a curve has.
_WINDOWS = 40
_NOT_METRICS = ("learning_rate",)


@dataclass(frozen=True)
class Plot:
    """A plot with its curves.

    Args:
        title: its title.
        curves: its curves; later ones are drawn over earlier ones.
        x_label: the label of the horizontal axis, by default `epoch`.
        ends: the positions at which stages end, by default none; a line is between each and the next position.
    """

    title: str
    curves: Sequence[Curve]
    x_label: str = "epoch"
    ends: Sequence[float] = ()


def run_plots(record: RunRecord) -> list[Plot]:
    """Return the plots of a run: the losses of steps, each metric and its gap, the learning rate and the updates.

    Args:
        record: what the folder of the run contains.
    """
    found = [*_of_steps(record)]
    for name in _metrics(record):
        found += _of_metric(record, name)
    for table, name, title in (
        (record.history, "learning_rate", "learning rate"),
        (record.measurements, "update_ratio", "norm(update) / norm(weights)"),
    ):
        values = table.columns.get(name, [])
        if any(value is not None for value in values):
            found.append(Plot(title, [Curve(title, _epochs(table.epochs), values, TRAINING)]))
    ends = stage_ends(record)
    return [replace(plot, ends=ends[plot.x_label]) for plot in found]


def _of_steps(record: RunRecord) -> Iterator[Plot]:
    """Yield the plot of the losses of steps, as dots with a moving average."""
    losses = record.steps.columns.get("loss", [])
    if not losses:
        return
    window = min(max(len(losses) // _WINDOWS, 5), len(losses)) // 2 * 2 + 1
    steps = _epochs(record.steps.columns["step"])
    curves = [Curve("loss of a step", steps, losses, TRAINING, is_points=True)]
    if window > 1:
        average = moving_average(losses, window)
        curves.append(Curve(f"moving average over {window}", steps, average, VALIDATION, is_strong=True))
    yield Plot("loss of each step", curves, "step")


def _metrics(record: RunRecord) -> list[str]:
    known = [name for name, values in record.history.columns.items() if len(values)]
    names = dict.fromkeys(name.removeprefix("val_") for name in record.history.metrics if name in known)
    return [name for name in names if name not in _NOT_METRICS]


def _of_metric(record: RunRecord, name: str) -> Iterator[Plot]:
    """Yield the plot of a metric, and that of its gap if the run has a validation part."""
    epochs = _epochs(record.history.epochs)
    training, validation = (record.history.columns.get(column) for column in (name, f"val_{name}"))
    measured = _measured(record, name)
    best = record.result.get("best_epoch")
    curves = []
    if training is not None:
        curves.append(Curve(f"training {name}", epochs, training, TRAINING, is_dashed=True))
    if any(value is not None for value in measured):
        curves.append(Curve(f"training {name} without dropout, of a sample", epochs, measured, SAMPLE))
    if validation is not None:
        curves += _within_epochs(record, name)
        curves.append(Curve(f"validation {name}", epochs, validation, VALIDATION, mark=best))
    yield Plot(name, curves)
    if validation is not None:
        # What dropout and the changes within an epoch do to the running mean is no gap.
        own = measured if sum(value is not None for value in measured) > 1 else training or measured
        gap = [_difference(first, second) for first, second in zip(validation, own, strict=True)]
        if any(value is not None and math.isfinite(value) for value in gap):
            yield Plot(f"gap of {name}", [Curve("validation - training", epochs, gap, VALIDATION)])


def _within_epochs(record: RunRecord, name: str) -> Iterator[Curve]:
    """Yield the validations within epochs as dots, at fractions of epochs."""
    values = record.validations.columns.get(f"val_{name}", [])
    steps = [step for step in record.steps.columns.get("step", []) if step is not None]
    count = len(record.history.epochs)
    if not values or not steps or not count:
        return
    # The steps of an epoch differ between stages.
    ends = stage_ends(record)
    epochs, borders = [0, *ends["epoch"][: len(ends["step"])], count], [0.0, *ends["step"], steps[-1]]
    places = [
        math.nan if step is None else float(np.interp(step, borders, epochs))
        for step in record.validations.columns["step"]
    ]
    yield Curve(f"validation {name} within epochs", places, values, VALIDATION, is_points=True)


def _measured(record: RunRecord, name: str) -> list[float | None]:
    """Return the metric of a sample of the training part in inference mode, at the epochs where it was measured."""
    table = record.measurements
    known = dict(zip(table.epochs, table.columns.get(name, ()), strict=False))
    kept = (record.evidence.get("training_sample") or {}).get(name)
    best = record.result.get("best_epoch")
    if kept is not None and best is not None:
        known.setdefault(best, kept)
    return [known.get(epoch) for epoch in record.history.epochs]


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _epochs(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
