"""The check that a resumed run uses the data and the objective of the earlier start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from kpipe.data.fingerprint import Fingerprint
from kpipe.train.best_weights import BestWeights
from kpipe.train.objective.objective import Objective
from kpipe.train.resume.changed_data import refuse_changed_data, refuse_other_source
from kpipe.train.resume.changed_objective import refuse_changed_objective
from kpipe.train.resume.earlier_spec import Earlier
from kpipe.train.resume.pooled_metrics import refuse_pooled_metrics
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_changed_run(
    folder: RunFolder,
    earlier: Earlier | None,
    *,
    objective: Objective,
    best_weights: BestWeights,
    names: Sequence[str],
    model: keras.Model,
    description: Mapping[str, Any],
    fingerprint: Fingerprint,
    say: Callable[[str], None],
) -> None:
    """Refuse to resume if the data or the plan differ from those of the earlier start.

    Args:
        folder: the run folder of the earlier start.
        earlier: the spec of the earlier start; None if it is identical.
        objective: the objective of the current spec.
        best_weights: the best weights of the current spec.
        names: the names of the metrics of the training.
        model: the training model.
        description: the description of the data, as in `data.json`.
        fingerprint: the fingerprint of the data.
        say: receives a message if only a part of the data was compared.

    Raises:
        DataError: they differ; the message lists the differences.
    """
    refuse_pooled_metrics(folder, objective)
    if earlier is not None:
        refuse_changed_objective(
            folder, earlier, objective=objective, best_weights=best_weights, names=names, model=model
        )
        refuse_other_source(folder, earlier, description)
    refuse_changed_data(folder, description, fingerprint, say)
