"""A sample with its pictures, its label and its prediction on a page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup

_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
#: What a picture shows, in the order of a figure.
_KINDS = ("input", "label", "predicted")
#: The longest name of a sample that is shown as a whole.
_LONGEST = 40


def sample_figure(row: Mapping[str, str], files: Sequence[Path]) -> Markup:
    """Return a figure with the pictures of a sample, which it contains, and with its label and its prediction.

    Args:
        row: the `sample`, its `label` and what was `predicted`, their `probability` and `predicted_probability`, and
            the `loss`; missing and empty ones are omitted.
        files: the pictures, from `sample_files`.
    """
    images = [element("img", src=_address(path), alt=f"{_kind(path)} of {row['sample']}") for path in files]
    lines = [element("strong", f"{row['label']} → {row['predicted']}")] if row["label"] or row["predicted"] else []
    probabilities = [float(row[name]) for name in ("probability", "predicted_probability") if row.get(name)]
    if probabilities:
        lines.append(element("span", " → ".join(f"{number:.2g}" for number in probabilities), class_="note"))
    if row.get("loss"):
        lines.append(element("span", f"loss {float(row['loss']):.4g}", class_="note"))
    lines.append(element("span", _short(row["sample"]), class_="file", title=row["sample"]))
    return element("figure", element("div", *images, class_="pictures"), element("figcaption", *lines), class_="sample")


def sample_files(folder: Path, key: str) -> list[Path]:
    """Return the pictures of a sample: inputs, labels and predictions.

    Args:
        folder: the folder of pictures; without any if it does not exist.
        key: what the names of its files begin with, such as `sample-17`.
    """
    found = [path for path in folder.glob(f"{key}-*") if path.suffix in _TYPES and _kind(path) in _KINDS]
    return sorted(found, key=lambda path: (_KINDS.index(_kind(path)), path.stem))


def _kind(path: Path) -> str:
    return path.stem.split("-")[2]


def _short(sample: str) -> str:
    """Return the name of a sample, of a long path the last two parts."""
    return sample if len(sample) <= _LONGEST else "…/" + "/".join(sample.split("/")[-2:])


def _address(path: Path) -> str:
    return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"
