"""Evidence of a run with stages from a few curves."""

from dataclasses import replace

import numpy as np

from kpipe.train.stages.stage_record import StageRecord
from tests.judge.diagnosis.evidence_of import evidence_of


def staged_evidence(*stages, steps=4, **more):
    """Evidence of a run whose stages have the curves of `evidence_of`, each with `steps` steps an epoch."""
    parts = [evidence_of(**stage) for stage in stages]
    epochs = np.arange(1.0, sum(part.epochs for part in parts) + 1)
    history, measurements = (
        {
            **{name: np.concatenate([part[name] for part in tables]) for name in tables[0]},
            "epoch": epochs,
        }
        for tables in ([part.history for part in parts], [part.measurements for part in parts])
    )
    records = [
        StageRecord(stage=number, epochs=part.epochs, steps=steps * part.epochs, status=part.status)
        for number, part in enumerate(parts, start=1)
    ]
    run = replace(parts[-1], history=history, measurements=measurements, stages=records, best_epoch=len(epochs), **more)
    losses = np.repeat(history["loss"], steps)
    table = {"step": np.arange(1.0, len(losses) + 1), "loss": losses, "lowest": losses, "highest": losses.copy()}
    return run if run.steps else replace(run, steps=table)
