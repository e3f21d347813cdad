"""What a run folder says of the data, so that `predict` needs nothing but the folder."""

from __future__ import annotations

from typing import Any

from kpipe.train.objective import Objective


def data_description(prepared: Any, objective: Objective) -> dict[str, Any]:
    """What `predict` needs to know: the inputs, the parts, and each target's classes and kind of numbers."""
    return {
        "inputs": {
            name: {
                "kind": entry.kind,
                "shape": entry.shape,
                "dtype": entry.dtype,
                "columns": _columns(entry),
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
            }
            for name, item in objective.targets.items()
        },
        "parts": {name: len(indices) for name, indices in prepared.parts.items()},
        "preparation": prepared.describe(),
        "fingerprint": prepared.fingerprint(),
    }


def _columns(entry: Any) -> list[dict[str, str]]:
    return [{"name": column.name, "kind": column.kind} for column in entry.columns]
