"""Where the stages of a run end, for its plots."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise

from kpipe.report.run_page.run_record import RunRecord


def stage_ends(record: RunRecord) -> Mapping[str, list[int]]:
    """Return the last epoch and the last step of each stage but the last one; empty lists for a run without stages.

    Args:
        record: what the folder of the run contains; one that has not ended tells only the epochs.

    Returns:
        The ends by the label of the horizontal axis, `epoch` and `step`.
    """
    stages = record.history.columns.get("stage", [])
    places = [*zip(record.history.epochs, stages, strict=False)]
    epochs = [int(epoch) for (epoch, stage), (_, later) in pairwise(places) if epoch and later != stage]
    steps = accumulate(int(entry.get("steps", 0)) for entry in record.result.get("stages") or ())
    return {"epoch": epochs, "step": [*steps][: len(epochs)]}
