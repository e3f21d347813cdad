"""The samples that a run predicts worst on its page."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.run_files import RunFile

#: The columns of `worst.csv` that are not cells of tables.
_OWN = (
    *("target", "order", "part", "index", "sample", "label", "predicted"),
    *("probability", "predicted_probability", "loss"),
)
_TITLES = {"loss": "The largest losses", "confidence": "The most confidently wrong"}
_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
#: The longest name of a sample that is shown as a whole.
_LONGEST = 40
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
        f"Samples of the {record.worst[0]['part']} part: label → prediction, with their probabilities. The loss is "
        "-log p of the label, for numbers the absolute error, and for several labels the number of wrong ones."
    )
    yield section("Worst samples", *parts, note=note)


def _shown(folder: Path, rows: Sequence[Row]) -> Markup:
    pictures = {row["index"]: _files(folder, row["index"]) for row in rows}
    if not any(pictures.values()):
        return _table(rows)
    return element("div", *(_figure(row, pictures[row["index"]]) for row in rows), class_="samples")


def _files(folder: Path, index: str) -> list[Path]:
    found = [path for path in folder.glob(f"sample-{int(index)}-*") if path.suffix in _TYPES]
    return sorted(found, key=lambda path: (("input", "label", "predicted").index(path.stem.split("-")[2]), path.stem))


def _figure(row: Row, files: Sequence[Path]) -> Markup:
    images = [element("img", src=_address(path), alt=f"{path.stem.split('-')[2]} of {row['sample']}") for path in files]
    lines = [element("strong", f"{row['label']} → {row['predicted']}")] if row["label"] or row["predicted"] else []
    probabilities = [float(row[name]) for name in _NUMBERS[:2] if row[name]]
    if probabilities:
        lines.append(element("span", " → ".join(f"{number:.2g}" for number in probabilities), class_="note"))
    lines.append(element("span", f"loss {float(row['loss']):.4g}", class_="note"))
    lines.append(element("span", _short(row["sample"]), class_="file", title=row["sample"]))
    return element("figure", element("div", *images, class_="pictures"), element("figcaption", *lines), class_="sample")


def _short(sample: str) -> str:
    """Return the name of a sample, of a long path the last two parts."""
    return sample if len(sample) <= _LONGEST else "…/" + "/".join(sample.split("/")[-2:])


def _address(path: Path) -> str:
    return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


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
