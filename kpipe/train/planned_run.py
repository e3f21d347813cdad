"""A run before its first step: its setup, its plan, and the description of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kpipe.data.fingerprint import Fingerprint
from kpipe.train.plan import Plan
from kpipe.train.run_folder.data_description import data_description
from kpipe.train.setup.setup import Setup


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """A run before its first step.

    Args:
        setup: the spec, the data, the model and the devices.
        plan: what is decided about the training.
        description: the description of the data, as in `data.json`.
        fingerprint: the fingerprint of the data.
    """

    setup: Setup
    plan: Plan
    description: Mapping[str, Any]
    fingerprint: Fingerprint

    @classmethod
    def of(cls, setup: Setup, plan: Plan) -> PlannedRun:
        """Return the run of a plan.

        Args:
            setup: the setup that the plan was made for.
            plan: the plan.
        """
        prepared = setup.prepared
        description = data_description(prepared, plan.objective, setup.spec.data.max_pixels)
        return cls(setup=setup, plan=plan, description=description, fingerprint=prepared.fingerprint())
