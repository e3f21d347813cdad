"""The mixing of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData

if TYPE_CHECKING:
    import keras


def spec_mixing(spec: CheckedSpec, prepared: PreparedData, model: keras.Model) -> Mixing | None:
    """Return the mixing of the training batches of a spec; None if it has none.

    Args:
        spec: a checked spec; call this inside its `spec_session`.
        prepared: its data.
        model: its training model.

    Raises:
        SpecError: a mix does not fit the data, the model or the losses.
    """
    from kpipe.train.objective.objective import decide
    from kpipe.train.objective.plan_mixing import plan_mixing

    if spec.data.mix is None or not spec.data.mix.items:
        return None
    objective = decide(spec.train, model, prepared.dataset.targets, spec.place, prepared.targets)
    return plan_mixing(spec.data.mix, prepared, model, objective, spec.place)
