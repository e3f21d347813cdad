"""The check that a resumed run uses the data and the objective of the earlier start."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.train.planned_run import PlannedRun
from kpipe.train.resume.changed_data import refuse_changed_data, refuse_other_source
from kpipe.train.resume.changed_objective import refuse_changed_objective
from kpipe.train.resume.earlier_spec import Earlier
from kpipe.train.resume.pooled_metrics import refuse_pooled_metrics
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_changed_run(
    folder: RunFolder, earlier: Earlier | None, planned: PlannedRun, say: Callable[[str], None]
) -> None:
    """Refuse to resume if the data or the plan differ from those of the earlier start.

    Args:
        folder: the run folder of the earlier start.
        earlier: the spec of the earlier start; None if it is identical.
        planned: the run that the current spec describes.
        say: receives a message if only a part of the data was compared.

    Raises:
        DataError: they differ; the message lists the differences.
    """
    plan = planned.plan
    refuse_pooled_metrics(folder, plan.objective)
    if earlier is not None:
        refuse_changed_objective(
            folder,
            earlier,
            objective=plan.objective,
            best_weights=plan.best_weights,
            names=plan.names,
            model=planned.setup.built.model,
        )
        refuse_other_source(folder, earlier, planned.description)
    refuse_changed_data(folder, planned.description, planned.fingerprint, say)
