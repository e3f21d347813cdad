"""The description of the data in a run folder, from which `predict` reads all that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.data.dataset import Input
from kpipe.data.encoding.table_coding import Categories
from kpipe.data.prepared import PreparedData
from kpipe.data.raw_ranges import Place
from kpipe.data.value_range import ValueRange
from kpipe.run_files import RunFile
from kpipe.train.objective.class_metrics import class_metrics
from kpipe.train.objective.objective import Objective
from kpipe.train.run_folder.run_folder import RunFolder


def data_description(prepared: PreparedData, objective: Objective, max_pixels: int) -> dict[str, Any]:
    """Return the contents of `data.json`: the inputs, the targets, the sizes of the parts, and the preparations.

    The dtype of an image input is its depth, uint8 or uint16. `range` is the smallest and the largest value, as
    `raw_ranges` finds them in the training part; null for a table and for columns of categories. A folder whose
    `data.json` has no `max_pixels` was written by kpipe 0.1.0, which read only the upper 8 bits of images with 16 bits
    per channel. Only a run with a table has `csv`, the separator and the decimal sign, which are null if they are the
    default ones.

    Args:
        prepared: the data.
        objective: the losses, the metrics and the forms of the labels.
        max_pixels: the largest number of pixels of an image.
    """
    form, ranges = prepared.dataset.csv_format, prepared.raw_ranges("train")
    return {
        "inputs": {
            name: {
                "kind": entry.kind,
                "shape": entry.shape,
                "dtype": entry.dtype,
                "columns": _columns(entry, ranges),
                "range": _ends(ranges, name),
                "file_column": entry.file_column,
            }
            for name, entry in prepared.dataset.inputs.items()
        },
        "targets": {
            name: {
                "task": item.target.task,
                "classes": item.target.classes,
                "shape": item.target.shape,
                "activation": item.activation,
                "logits": item.logits,
                "form": item.form,
                **({"class_metrics": names} if (names := class_metrics(item)) else {}),
                **({"preparation": item.preparation.describe()} if item.preparation else {}),
            }
            for name, item in objective.targets.items()
        },
        "parts": {name: len(indices) for name, indices in prepared.parts.items()},
        "max_pixels": max_pixels,
        **({"csv": {"separator": form.separator, "decimal": form.decimal}} if form else {}),
        "preparation": prepared.describe(),
    }


def stored_categories(described: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the categories with which a run encoded its tables, by input and column name.

    Args:
        described: the contents of `data.json`.
    """
    return {
        name: {
            column["name"]: tuple(column["categories"])
            for column in entry["columns"]
            if column["kind"] == "categorical"
        }
        for name, entry in described["preparation"].items()
        if entry["kind"] == "table"
    }


def stored_classes(described: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the classes with which a run encoded its labels, by target name.

    Args:
        described: the contents of `data.json`.
    """
    return {name: entry["classes"] for name, entry in described["targets"].items() if entry["classes"] is not None}


def stored_targets(described: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the fitted preparations of the targets of a run, by target name.

    Args:
        described: the contents of `data.json`.
    """
    return {name: entry["preparation"] for name, entry in described["targets"].items() if "preparation" in entry}


def stored_coding(
    folder: RunFolder,
) -> tuple[Mapping[str, Categories] | None, dict[str, list[str]] | None, dict[str, Mapping[str, Any]] | None]:
    """Return what a run folder stores about the coding of its data, each None if it has no `data.json` yet.

    Args:
        folder: the run folder.

    Returns:
        The categories by input name, the classes by target name, and the fitted preparations by target name.
    """
    if not (folder / RunFile.DATA).exists():
        return None, None, None
    described = folder.read_json(RunFile.DATA)
    return stored_categories(described), stored_classes(described), stored_targets(described)


def _columns(entry: Input, ranges: Mapping[Place, ValueRange]) -> list[dict[str, Any]]:
    return [
        {"name": column.name, "kind": column.kind, "range": _ends(ranges, entry.name, column.name)}
        for column in entry.columns
    ]


def _ends(ranges: Mapping[Place, ValueRange], name: str, column: str | None = None) -> list[float] | None:
    found = ranges.get((name, column))
    return None if found is None else [found.low, found.high]
