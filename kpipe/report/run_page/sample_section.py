"""The samples that a run predicts worst on its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.sample_figure import sample_figure, sample_files
from kpipe.run_files import RunFile

#: The columns of `worst.csv` that are not cells of tables.
_OWN = (
    *("target", "order", "part", "index", "sample", "label", "predicted"),
    *("probability", "predicted_probability", "loss"),
)
_TITLES = {"loss": "The largest losses", "confidence": "The most confidently wrong"}
_NUMBERS = ("probability", "predicted_probability", "loss")

Row = Mapping[str, str]


def sample_section(record: RunRecord) -> Iterator[Markup]:
    """Yield the samples with the largest losses and the most confidently wrong ones, as pictures or rows.

    Args:
        record: what the folder of the run contains.
    """
    if not record.worst:
        return
    targets = list(dict.fromkeys(row["target"] for row in record.worst))
    parts = []
    for target in targets:
        for order, title in _TITLES.items():
            rows = [row for row in record.worst if (row["target"], row["order"]) == (target, order)]
            if rows:
                parts.append(element("h3", f"{title}: {target}" if len(targets) > 1 else title))
                parts.append(_shown(record.folder / RunFile.PICTURES, rows))
    note = (
        f"Samples of the {record.worst[0]['part']} part: label → prediction, with their probabilities, of sequences "
        "and masks those of the position whose label is the least probable. The loss is "
        "-log p of the label, for numbers the absolute error, and for several labels the number of wrong ones."
    )
    yield section("Worst samples", *parts, note=note)


def _shown(folder: Path, rows: Sequence[Row]) -> Markup:
    pictures = {row["index"]: sample_files(folder, f"sample-{int(row['index'])}") for row in rows}
    if not any(pictures.values()):
        return _table(rows)
    return element("div", *(sample_figure(row, pictures[row["index"]]) for row in rows), class_="samples")


def _table(rows: Sequence[Row]) -> Markup:
    """Return samples as a table with the cells of their rows."""
    names = ["sample", "label", "predicted", *_NUMBERS]
    names = [name for name in names if any(row[name] for row in rows)]
    names += [name for name in rows[0] if name not in _OWN]
    body: list[list[Cell]] = [[_cell(name, row[name]) for name in names] for row in rows]
    return data_table([name.replace("_", " ") if name in _NUMBERS else name for name in names], body)


def _cell(name: str, text: str | None) -> Cell:
    if name in _OWN and name not in _NUMBERS:
        return text
    try:
        return (f"{float(text or ''):.4g}", float(text or ""))
    except ValueError:
        return text
