"""What a finished run shows about one of its stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kpipe.judge.diagnosis.evidence import Curve, Evidence, last
from kpipe.train.stages.stage_start import StageStart


def stage_evidence(run: Evidence, index: int) -> Evidence:
    """Return what a run shows about one of its stages, whose curves are those of a run of their own.

    Between two stages, the learning rate, the batch size, the trained layers and thereby the losses jump, which is no
    symptom. What is measured at the end of the run, such as dead units, stays as it is.

    Args:
        run: the evidence of the whole run.
        index: the number of stages before it.

    Example:
        >>> from kpipe.train.stages.stage_record import StageRecord
        >>> history = {"epoch": np.arange(1.0, 6.0), "val_loss": np.array([2.0, 1.0, 0.9, 0.5, 0.4])}
        >>> records = [StageRecord(stage=stage, epochs=epochs, steps=9, status="completed")
        ...            for stage, epochs in ((1, 2), (2, 3))]
        >>> run = Evidence(status="completed", best_epoch=5, trivial=2.3, history=history, stages=records)
        >>> stage = stage_evidence(run, 1)
        >>> stage.validation.tolist(), stage.best_epoch, stage.loss_before
        ([0.9, 0.5, 0.4], 3, 1.0)
    """
    record, start = run.stages[index], StageStart.after(run.stages[:index])
    end, is_last = start.epochs + record.epochs, index == len(run.stages) - 1
    # The last epoch of a training that has exploded may not have ended.
    until = np.inf if is_last else end
    best = run.best_epoch if run.best_epoch is not None and start.epochs < run.best_epoch <= end else None
    return replace(
        run,
        status=record.status,
        best_epoch=None if best is None else best - start.epochs,
        history=_rows(run.history, "epoch", start.epochs, end),
        measurements=_from(_rows(run.measurements, "epoch", start.epochs, end), start.epochs),
        kept=run.kept if best is not None else {},
        steps=_steps(run, index),
        explosions=[event for event in run.explosions if start.epochs < event.get("epoch", end) <= until],
        stages=(),
        start=start,
        loss_before=_loss_before(run, start.epochs),
        later_fit=np.nan if is_last else stage_evidence(run, len(run.stages) - 1).training_fit,
    )


def _rows(table: Mapping[str, Curve], key: str, after: int, until: float) -> Mapping[str, Curve]:
    """Return the rows of a table whose epoch or step is within the limits."""
    if key not in table:
        return table
    chosen = (table[key] > after) & (table[key] <= until)
    return {name: values[chosen] for name, values in table.items()}


def _from(table: Mapping[str, Curve], epochs: int) -> Mapping[str, Curve]:
    """Return a table whose epochs are counted from the beginning of the stage."""
    return {name: values - epochs if name == "epoch" else values for name, values in table.items()}


def _steps(run: Evidence, index: int) -> Mapping[str, Curve]:
    """Return the rows of the steps of a stage; without a row that contains steps of the former one, if it has others.

    A step of the last stage can follow its last whole epoch.
    """
    start = StageStart.after(run.stages[:index]).steps
    until = np.inf if index == len(run.stages) - 1 else start + run.stages[index].steps
    found = _rows(run.steps, "step", start, until)
    known = found.get("step", np.array([]))
    is_mixed = start > 0 and len(known) > 1 and start not in run.steps["step"]
    return {name: values[1:] for name, values in found.items()} if is_mixed else found


def _loss_before(run: Evidence, epochs: int) -> float | None:
    """Return the last validation loss before an epoch; None if it is unknown."""
    loss = last(run.validation[:epochs])
    return None if np.isnan(loss) else loss
