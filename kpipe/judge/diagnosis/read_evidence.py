"""Reading the evidence about a run from its folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from kpipe.errors import DataError
from kpipe.judge.diagnosis.evidence import Curve, Evidence
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.stage_record import StageRecord

#: How a run has ended that is diagnosed; others can be continued.
ENDED = ("completed", "stopped_early", "exploded")


def read_evidence(folder: RunFolder) -> Evidence:
    """Return the evidence about a run; files that it does not need are empty if they are missing.

    Args:
        folder: the folder of a run that has ended.

    Raises:
        DataError: it is not the folder of a run that has ended, or a file is damaged, or is missing and needed.
    """
    result = folder.read_json(RunFile.RESULT)
    _refuse_unknown(folder, result)
    more = folder.read_json(RunFile.EVIDENCE) if (folder / RunFile.EVIDENCE).is_file() else {}
    history = _columns(folder, RunFile.HISTORY)
    epochs, best = len(history.get("epoch", ())), result.get("best_epoch")
    if (best or 0) > epochs:
        raise DataError(
            f"{folder / RunFile.HISTORY}: expected a row for each epoch until {best}, which was kept, got {epochs}; "
            "the file is damaged or missing"
        )
    return Evidence(
        status=str(result["status"]),
        best_epoch=best,
        trivial=more.get("trivial_loss"),
        history=history,
        measurements=_columns(folder, RunFile.MEASUREMENTS),
        kept={**more.get("training_sample", {}), **({"penalty": more["penalty"]} if "penalty" in more else {})},
        inputs_vary=bool(more.get("inputs_vary", True)),
        drop_rate=float(more.get("drop_rate", 0.0)),
        steps=_columns(folder, RunFile.STEPS),
        layers=more.get("layers", ()),
        findings=more.get("findings", ()),
        samples=more.get("samples", {}),
        explosions=result.get("explosions", ()),
        stages=[StageRecord(**entry) for entry in result.get("stages", ())],
    )


def _refuse_unknown(folder: RunFolder, result: Mapping[str, Any]) -> None:
    """Refuse runs that would look healthy, since nothing is known about them."""
    status = result["status"]
    if status not in ENDED:
        raise DataError(f"{folder.path}: the run has not ended (status {status}); continue it with --resume")
    if status != "exploded" and not (folder / RunFile.EVIDENCE).is_file():
        raise DataError(
            f"{folder.path}: {RunFile.EVIDENCE} is missing, without which a run cannot be diagnosed; it is written at "
            "the end of each run since kpipe 0.2"
        )


def _columns(folder: RunFolder, name: str) -> Mapping[str, Curve]:
    if not (folder / name).is_file():
        return {}
    rows = folder.read_csv(name)
    return {column: np.array([_number(row[column]) for row in rows]) for column in (rows[0] if rows else ())}


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
