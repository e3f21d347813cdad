"""The check that a resumed run uses the losses, the metrics and the choice of the earlier start."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kpipe.spec.spec import Spec
from kpipe.train.best_weights import BestWeights
from kpipe.train.objective.objective import Objective, decide
from kpipe.train.objective.same_objective import same_objective
from kpipe.train.resume.earlier_spec import Decider, Earlier, other_spec
from kpipe.train.run_folder.run_folder import RunFolder


def refuse_changed_objective(
    folder: RunFolder,
    earlier: Earlier,
    *,
    objective: Objective,
    best_weights: BestWeights,
    names: Sequence[str],
    model: keras.Model,
) -> None:
    """Refuse to resume if the loss, the metrics or the monitored metric differ from those of the earlier spec.

    Args:
        folder: the run folder of the earlier start.
        earlier: the spec of the earlier start, with the undecided differences.
        objective: the objective of the current spec.
        best_weights: the best weights of the current spec.
        names: the names of the metrics of the training.
        model: the training model.

    Raises:
        DataError: they differ; the message lists the values.
    """
    before, differing = earlier.spec, set()
    if earlier.decided_by(Decider.BEST_WEIGHTS):
        choice = BestWeights.from_spec(before.train.choose, names, before.place)
        if (choice.monitor, choice.mode) != (best_weights.monitor, best_weights.mode):
            differing.add(Decider.BEST_WEIGHTS)
    if earlier.decided_by(Decider.OBJECTIVE) and not _is_same(before, objective, model):
        differing.add(Decider.OBJECTIVE)
    if differing:
        raise other_spec(folder, [entry.change for entry in earlier.undecided if entry.decider in differing])


def _is_same(before: Spec, objective: Objective, model: keras.Model) -> bool:
    targets = {name: item.target for name, item in objective.targets.items()}
    preparations = {name: item.preparation for name, item in objective.targets.items() if item.preparation is not None}
    return same_objective(decide(before.train, model, targets, before.place, preparations), objective)
