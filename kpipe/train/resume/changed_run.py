"""Whether the data and the objective are those of an earlier start in the same run folder."""

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
    """Refuse to resume where the data or the plan are not those of an earlier start.

    Args:
        folder: of the earlier start.
        earlier: its spec, where it is written in another way.
        objective: of the present spec.
        best_weights: of the present spec.
        names: the metrics of the training.
        model: the model that is trained.
        description: of the data, as `data.json` contains it.
        fingerprint: of the data.
        say: receives a line where only a part of the data was compared.

    Raises:
        DataError: with what differs.
    """
    refuse_pooled_metrics(folder, objective)
    if earlier is not None:
        refuse_changed_objective(
            folder, earlier, objective=objective, best_weights=best_weights, names=names, model=model
        )
        refuse_other_source(folder, earlier, description)
    refuse_changed_data(folder, description, fingerprint, say)
