"""What a sweep searches and how, from its spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kpipe.checks.checked_spec import CheckedSpec, checked
from kpipe.checks.stage_epochs import total_epochs
from kpipe.checks.sweep_check import sweep_problems
from kpipe.checks.sweep_objective import SweepObjective, objective_problems
from kpipe.checks.tune_section import tune_section
from kpipe.components import build
from kpipe.components.registry.registry import using
from kpipe.errors import SpecError
from kpipe.messages.shortened import shortened
from kpipe.space.limited import limited
from kpipe.space.narrow import narrowed
from kpipe.space.search_space import SearchSpace, Value
from kpipe.space.stage_conditions import StageConditions
from kpipe.spec.node import Node
from kpipe.spec.sections.tune import Tune
from kpipe.spec.sections.tune_stage import TuneStage
from kpipe.trials.fold_overrides import fold_overrides
from kpipe.tune.oracles.oracle import Oracle
from kpipe.tune.pruners.pruner import Pruner
from kpipe.tune.sweep_trial import SweepTrial, without_override


@dataclass(frozen=True)
class Execution:
    """One run of a trial.

    Args:
        id: its name among all runs of the sweep.
        overrides: the values that only this run has, such as its seed.
        folder: its run folder.
    """

    id: str
    overrides: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True)
class Stage:
    """One stage of a sweep.

    Args:
        oracle: proposes the values.
        trials: largest number of trials; None if the oracle determines it.
        epochs: largest number of epochs of each trial.
        options: the entry of `tune.stages`.
    """

    oracle: Oracle
    trials: int | None
    epochs: int
    options: TuneStage

    def num_trials(self, space: SearchSpace) -> int | None:
        """Return the largest number of trials in a space; None if it is not known."""
        return self.oracle.num_trials(self._conditions(space))

    def num_epochs(self, space: SearchSpace) -> int | None:
        """Return the largest number of epochs of all trials in a space together; None if it is not known."""
        return self.oracle.num_epochs(self._conditions(space))

    def _conditions(self, space: SearchSpace) -> StageConditions:
        return StageConditions(space=space, epochs=self.epochs, trials=self.options.trials)

    def space(
        self, space: SearchSpace, ranked: Sequence[SweepTrial], accepts: Callable[[Mapping[str, Value]], bool]
    ) -> SearchSpace:
        """Return the space of this stage, whose ranges continue only as far as the spec accepts their values.

        Args:
            space: the space of the stage before.
            ranked: the trials of the stage before, the best one first.
            accepts: returns whether the spec accepts the values of a trial.
        """
        if self.options.narrow is None:
            return space
        values = [trial.values for trial in ranked]
        found = narrowed(space, values, self.options.narrow, widen=self.options.widen)
        return limited(found, space, values[0], accepts) if self.options.widen and values else found


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """What a sweep searches and how.

    Args:
        spec: a checked spec with a section `tune`.
        tune: that section.
        space: the search space.
        stages: at least one stage.
        monitor: the metric that is compared, a column of `history.csv`.
        mode: whether a small or a large value is better.
        pruner: what ends trials early; None for nothing.
    """

    spec: CheckedSpec
    tune: Tune
    space: SearchSpace
    stages: Sequence[Stage]
    monitor: str
    mode: Literal["min", "max"]
    pruner: Pruner | None

    @classmethod
    def of(cls, spec: CheckedSpec) -> SweepPlan:
        """Return the plan of a spec.

        Raises:
            SpecError: the spec has no section `tune`, its parts contradict each other, or its objective has no
                direction.
        """
        tune = tune_section(spec)
        with using(spec.code.in_use):
            if problems := sweep_problems(spec):
                raise SpecError(problems)
        space = SearchSpace.read(tune.space, spec.evaluated, [])
        objective = SweepObjective.of(spec)
        if objective.mode is None:
            raise SpecError(objective_problems(spec, None))
        stages = [_stage(spec, tune, options) for options in tune.stages or [TuneStage()]]
        node = tune.pruner
        pruner: Pruner | None = build(node, "pruner") if node is not None and node.value is not None else None
        return cls(
            spec=spec,
            tune=tune,
            space=space,
            stages=stages,
            monitor=objective.monitor,
            mode=objective.mode,
            pruner=pruner,
        )

    @property
    def num_trials(self) -> int | None:
        """The largest number of trials; None if it is not known."""
        counts = [stage.num_trials(self.space) for stage in self.stages]
        return None if None in counts else sum(count for count in counts if count is not None)

    def loss(self, score: float | None) -> float:
        """Return a score such that smaller is better."""
        value = 0.0 if score is None else score
        return value if self.mode == "min" else -value

    def gain(self, score: float | None) -> float | None:
        """Return a score such that larger is better; None for a missing one."""
        return None if score is None else -self.loss(score)

    def executions(self, trial: SweepTrial) -> list[Execution]:
        """Return the runs of a trial: one for each seed and each fold."""
        changes: dict[str, dict[str, Any]] = {"": {}}
        if self.tune.executions > 1:
            seeds = ((self.spec.seed + index) % 2**32 for index in range(self.tune.executions))
            changes = {str(index): {"seed": seed} for index, seed in enumerate(seeds, start=1)}
        if self.spec.data.is_cross_validation:
            folds = fold_overrides(self.spec)
            changes = {
                f"{name}/{fold}".strip("/"): {**change, **values}
                for name, change in changes.items()
                for fold, values in folds.items()
            }
        return [
            Execution(f"{trial.number}/{name}".rstrip("/"), change, trial.folder / name)
            for name, change in changes.items()
        ]

    def overrides(self, values: Mapping[str, Value], space: SearchSpace, stage: Stage) -> dict[str, Any]:
        """Return the values of the spec of a trial by path."""
        epochs = {"train.epochs": stage.epochs} if stage.options.epochs is not None else {}
        return {**epochs, **space.overrides(values)}

    def problem(self, file: Path, overrides: Mapping[str, Any]) -> str | None:
        """Return why the spec of a trial is not valid; None if it is.

        Args:
            file: the spec that each trial starts from.
            overrides: the values of the trial.
        """
        try:
            checked(file, overrides, run=False)
        except SpecError as error:
            return without_override(str(error))
        return None

    def text(self, values: Mapping[str, Value]) -> str:
        """Return values as text, such as `learning_rate 0.01, batch_size 64`."""
        return ", ".join(f"{name} {_short(value)}" for name, value in values.items())


def _short(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else shortened(str(value))


def _stage(spec: CheckedSpec, tune: Tune, options: TuneStage) -> Stage:
    oracle: Oracle = build(tune.oracle or Node("RandomSearch", tune.space.mark), "oracle")
    trials = options.trials if options.trials is not None else oracle.trials
    return Stage(oracle, trials, options.epochs if options.epochs is not None else total_epochs(spec.train), options)
