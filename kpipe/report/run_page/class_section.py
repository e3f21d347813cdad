"""The confusion matrix and the metrics of each class on the page of a run."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.report.pages.confusion_table import confusion_table
from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord

_METRICS = ("precision", "recall", "f1", "support")


def class_section(record: RunRecord) -> Iterator[Markup]:
    """Yield the confusion matrices and the metrics of each class, if the run predicts classes.

    Args:
        record: what the folder of the run contains.
    """
    result = record.result
    classes = result.get("classes") or {}
    if not classes:
        return
    parts: list[Markup] = []
    for target, metrics in classes.items():
        if len(classes) > 1:
            parts.append(element("h3", target))
        matrix = (result.get("confusion") or {}).get(target)
        if matrix:
            parts.append(confusion_table(list(metrics), matrix))
        confused = (result.get("confused") or {}).get(target)
        if confused:
            parts.append(element("p", "The most frequent confusions; all are in confusion.csv.", class_="note"))
            rows: list[list[Cell]] = [[str(row["true"]), str(row["predicted"]), row["samples"]] for row in confused]
            parts.append(data_table(["true", "predicted", "samples"], rows))
        own: list[list[Cell]] = [
            [name, *(values.get(metric) for metric in _METRICS)] for name, values in metrics.items()
        ]
        parts.append(data_table(["class", *_METRICS], own))
    part = result.get("figures_of") or "test"
    yield section("Classes", *parts, note=f"Of the {part} part. Rows are the true classes, columns the predicted ones.")
