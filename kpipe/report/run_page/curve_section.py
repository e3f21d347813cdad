"""The curves of a run on its page."""

from __future__ import annotations

from kpipe.report.pages.curve_plot import curve_plot
from kpipe.report.pages.element import element
from kpipe.report.pages.legend import legend
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.plots import SAMPLE, TRAINING, VALIDATION, run_plots
from kpipe.report.run_page.run_record import RunRecord

_LEGEND = (
    ("training", TRAINING, True),
    ("training, a sample without dropout", SAMPLE, False),
    ("validation; moving average of the losses of steps", VALIDATION, False),
)


def curve_section(record: RunRecord) -> Markup:
    """Return the curves of a run: losses of steps, metrics and their gaps, learning rate, and sizes of updates.

    Args:
        record: what the folder of the run contains.
    """
    plots = run_plots(record)
    if not plots:
        return section("Curves", element("p", "The run has no curves, since it ended in its first epoch."))
    colors = {curve.color for plot in plots for curve in plot.curves}
    entries = [entry for entry in _LEGEND if entry[1] in colors]
    drawn = [curve_plot(plot.title, plot.curves, plot.x_label, plot.ends) for plot in plots]
    note = "A circle is the epoch whose model was kept. The gap is the validation metric less that of the training."
    if any(plot.ends for plot in plots):
        note = f"{note} A vertical line is the end of a stage."
    return section("Curves", legend(entries), element("div", *drawn, class_="plots"), note=note)
