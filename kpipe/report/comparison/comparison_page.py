"""A comparison of runs as a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from kpipe.messages.metrics_text import duration, number
from kpipe.report.comparison.comparison import Comparison
from kpipe.report.comparison.difference_table import Difference
from kpipe.report.pages.curve import Curve
from kpipe.report.pages.curve_plot import curve_plot
from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.legend import legend, swatch
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.page import page
from kpipe.report.pages.section import section
from kpipe.report.pages.series_color import MOST_SERIES, ranked_color, series_color

#: The most runs that are columns of a table, and the most values of specs that are columns of the table of runs.
_MOST_COLUMNS, _MOST_VALUES = 6, 20


def comparison_page(comparison: Comparison) -> str:
    """Return a page with all curves in one plot for each metric, the metrics, and the values that differ.

    Up to ten runs have colors of their own; the colors of more runs are their ranks. Those of several
    cross-validations or sweeps have the color of the whole.

    Args:
        comparison: the comparison.
    """
    colors = _colors(comparison)
    sections = [_curves(comparison, colors), _table(comparison, colors), *_means(comparison)]
    if not _has_values(comparison):
        sections.append(_differences("Differences of the specs", "path", comparison, comparison.spec))
    sections.append(_differences("Other differences", "value", comparison, comparison.circumstances))
    notes = [element("p", f"Notice: {note}.", class_="note") for note in comparison.notes]
    return page("Comparison of runs", *notes, *sections, subtitle=comparison.title)


def _is_grouped(comparison: Comparison) -> bool:
    return 1 < len(comparison.wholes) <= MOST_SERIES and all(run.whole is not None for run in comparison.runs)


def _has_values(comparison: Comparison) -> bool:
    """Return whether the values of the specs that differ are columns of the table of runs."""
    return len(comparison.runs) > _MOST_COLUMNS and 0 < len(comparison.spec) <= _MOST_VALUES


def _colors(comparison: Comparison) -> list[str]:
    """Return the color of each run."""
    count = len(comparison.runs)
    if _is_grouped(comparison):
        places = {whole.path: index for index, whole in enumerate(comparison.wholes)}
        return [series_color(places[run.whole.path]) for run in comparison.runs if run.whole is not None]
    if count <= MOST_SERIES:
        return [series_color(index) for index in range(count)]
    ranks = {index: rank for rank, index in enumerate(comparison.order)}
    return [ranked_color(ranks[index], count) for index in range(count)]


# -- curves ------------------------------------------------------------------------------------------------------------


def _curves(comparison: Comparison, colors: Sequence[str]) -> Markup:
    """Return a plot for each metric, with the curves of all runs."""
    is_many = len(comparison.runs) > MOST_SERIES
    plots = [curve_plot(name, list(_of_metric(comparison, colors, name))) for name in _metrics(comparison)]
    if not plots:
        return section("Curves", element("p", "No run has a curve."))
    if _is_grouped(comparison):
        names = [(str(whole.path), series_color(index), False) for index, whole in enumerate(comparison.wholes)]
    elif is_many:
        best = comparison.runs[comparison.order[0]].label
        names = [
            (f"{best}, the best {comparison.monitor}", "var(--best)", False),
            (f"the worst {comparison.monitor}", "var(--worst)", False),
        ]
    else:
        names = [(run.label, color, False) for run, color in zip(comparison.runs, colors, strict=True)]
    boxes = _choice("training", "training (dashed)"), _choice("validation", "validation")
    choices = element("div", *boxes, class_="choices")
    grid = element("div", *plots, class_="plots many" if is_many else "plots")
    return section("Curves", choices, legend(names), grid)


def _choice(part: str, text: str) -> Markup:
    """Return a box that shows or hides all curves of a part, also without the script."""
    return element("label", element("input", type="checkbox", id=f"show-{part}", checked=True), f" {text}")


def _metrics(comparison: Comparison) -> list[str]:
    """Return the names of the metrics that have curves, without `val_`; the learning rate is the last one."""
    columns = dict.fromkeys(name for run in comparison.runs for name in run.summary.history.metrics)
    names = dict.fromkeys(name.removeprefix("val_") for name in columns)
    return sorted(names, key=lambda name: name == "learning_rate")


def _of_metric(comparison: Comparison, colors: Sequence[str], metric: str) -> Iterator[Curve]:
    """Yield the curves of a metric, the worst run first, so that the best one is on top."""
    is_many = len(comparison.runs) > MOST_SERIES
    best = comparison.order[0]
    for index in reversed(comparison.order):
        run = comparison.runs[index]
        history = run.summary.history
        epochs = [epoch if epoch is not None else math.nan for epoch in history.epochs]
        for column in (metric, f"val_{metric}"):
            if column not in history.columns:
                continue
            is_validation = column != metric
            yield Curve(
                f"{run.label}: {column}",
                epochs,
                history.columns[column],
                colors[index],
                # A metric without validation, such as the learning rate, is shown with the validation.
                is_dashed=not is_validation and metric != "learning_rate",
                run=index,
                is_strong=is_many and index == best and is_validation,
                mark=run.summary.best_epoch if is_validation and (index == best or not is_many) else None,
            )


# -- tables ------------------------------------------------------------------------------------------------------------


def _table(comparison: Comparison, colors: Sequence[str]) -> Markup:
    """Return the table of all runs, the best one first; with few values that differ, these are columns as well."""
    values = comparison.spec if _has_values(comparison) else []
    metrics = comparison.metrics
    header = ["run", "status", "epochs", "best epoch", *metrics, *(row.path for row in values), "time", "parameters"]
    rows: list[list[Cell]] = []
    attributes: list[dict[str, str | int]] = []
    for index in comparison.order:
        summary = comparison.runs[index].summary
        name = Markup.join_all([swatch(colors[index]), comparison.runs[index].label])
        cells: list[Cell] = [name, summary.status, summary.epochs, summary.best_epoch]
        cells += [summary.value(metric) for metric in metrics]
        cells += [_number(row.values[index]) for row in values]
        time = None if summary.seconds is None else (duration(summary.seconds), summary.seconds)
        rows.append([*cells, time, summary.parameters])
        attributes.append({"data_run": index, **({"class_": "best"} if index == comparison.order[0] else {})})
    note = f"The best {comparison.monitor} is first. A click on a title sorts the rows."
    return section("Runs", data_table(header, rows, attributes), note=note)


def _number(text: str) -> Cell:
    """Return a value of a spec as a number if it is one, by which a table is sorted."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def _means(comparison: Comparison) -> Iterator[Markup]:
    """Yield the table of the means of cross-validations."""
    wholes = [whole for whole in comparison.wholes if whole.content == "cross-validation" and whole.validation]
    if wholes:
        names = dict.fromkeys(name for whole in wholes for name in whole.validation)
        rows: list[list[Cell]] = [
            [str(whole.path), *(_spread(whole.validation.get(name), whole.deviation.get(name)) for name in names)]
            for whole in wholes
        ]
        header = ["cross-validation", *(f"val_{name}" for name in names)]
        yield section(
            "Means of the folds", data_table(header, rows), note="Mean and standard deviation over the folds."
        )


def _spread(mean: float | None, deviation: float | None) -> Cell:
    if mean is None:
        return None
    return number(mean) if deviation is None else f"{number(mean)} ± {number(deviation)}"


def _differences(title: str, corner: str, comparison: Comparison, rows: Sequence[Difference]) -> Markup:
    """Return the table of values that differ, with runs as columns if there are few."""
    if not rows:
        return section(title, element("p", "None."))
    labels = [run.label for run in comparison.runs]
    if len(labels) <= _MOST_COLUMNS:
        cells: list[list[Cell]] = [[row.path, *row.values] for row in rows]
        return section(title, data_table([corner, *labels], cells))
    turned: list[list[Cell]] = [
        [labels[index], *(_number(row.values[index]) for row in rows)] for index in comparison.order
    ]
    return section(title, data_table(["run", *(row.path for row in rows)], turned))
