"""The section `tune`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from kpipe.spec.node import Node
from kpipe.spec.sections.objective import Objective
from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.path_values import PathValues
from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.resources import Resources
from kpipe.spec.sections.slot import Slot
from kpipe.spec.sections.tune_stage import TuneStage


class Tune(OptionalSection):
    """`tune:` the values that `kpipe tune` chooses, and how; other commands ignore it.

    Args:
        space: a mapping from the path of a value, as for `--set`, to its space: `Log`, `Uniform`, `Int` or `LogInt`
            with two bounds, or `Choice` with a list, whose options can contain spaces.
        oracle: what proposes the values, default `RandomSearch`.
        objective: the metric that is improved.
        executions: number of runs with different seeds per trial, at least 1, default 1; the mean is compared.
        max_consecutive_failures: number of trials that fail one after another until the sweep ends, at least 1,
            default 10.
        pruner: what ends trials that are worse than others; default null: none.
        stages: parts of the sweep, from coarse to fine, at least one; default null: one stage with the trials of the
            oracle.
        resources: what each trial uses.
    """

    changes_runs: ClassVar[bool] = False

    space: Annotated[Node, PathValues()]
    oracle: Annotated[Node | None, Slot("oracle", default="RandomSearch")] = None
    objective: Objective = Field(default_factory=Objective)
    executions: AtLeastOne = 1
    max_consecutive_failures: AtLeastOne = 10
    pruner: Annotated[Node | None, Slot("pruner")] = None
    stages: list[TuneStage] | None = None
    resources: Resources = Field(default_factory=Resources)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield that the list of stages is empty."""
        if self.stages is not None and not self.stages:
            yield "stages", "expected at least 1 stage, got an empty list; omit stages to run all trials in one"
