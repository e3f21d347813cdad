"""The stages of a run, with its recipes as they were written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.spec.node import Node
from kpipe.train.stages.stage_entries import entries_of, stage_node, with_entries


def recorded_stages(spec: CheckedSpec, recipes: Sequence[Mapping[str, Any]]) -> CheckedSpec:
    """Return the spec of a run with its recipes written out as they were in the run.

    Args:
        spec: the spec of the run.
        recipes: `recipes` in its `result.json`, or an empty list.
    """
    if not recipes:
        return spec
    written = iter(recipes)
    stages: list[Node] = []
    for node, is_recipe in entries_of(spec):
        stages += [stage_node(stage, node) for stage in next(written)["written"]] if is_recipe else [node]
    return with_entries(spec, stages)
