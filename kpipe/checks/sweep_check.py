"""Checks of the parts of a sweep against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kpipe.checks.longest_training import epochs_paths, longest_training
from kpipe.checks.stage_epochs import has_own_epochs
from kpipe.checks.sweep_objective import SweepObjective
from kpipe.components import build
from kpipe.errors import Problem, SpecError
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace
from kpipe.space.stage_conditions import StageConditions
from kpipe.spec.node import Node, split_component
from kpipe.spec.sections.tune import Tune
from kpipe.spec.sections.tune_stage import TuneStage
from kpipe.spec.spec import Spec

_STAGES = "the epochs of a run with train.stages are those of its stages"


def sweep_problems(spec: Spec) -> list[Problem]:
    """Return the problems of parts of a sweep that contradict each other, or have no effect.

    Only `kpipe tune` and `kpipe validate` report them, so that a single run can have fewer epochs than its sweep needs.

    Args:
        spec: a spec whose sections, components and search space are valid; nothing is returned if it has no sweep.
    """
    tune = spec.tune
    if tune is None:
        return []
    space = SearchSpace.read(tune.space, spec.evaluated, [])
    stages = tune.stages or [TuneStage()]
    node = tune.pruner
    try:
        oracle = build(tune.oracle or Node("RandomSearch", tune.space.mark), "oracle")
        pruner = build(node, "pruner") if node is not None and node.value is not None else None
    except SpecError as error:
        return [*error.problems]
    found = [
        *_execution_problems(spec, tune, space),
        *_stage_problems(spec, stages, space),
        *_unused_epochs(spec, space),
        *(_epochs_of_oracle(spec, tune, space) if oracle.ends_trials else ()),
    ]
    conditions = _conditions(spec, tune, stages, space, oracle.num_trials)
    if message := next(filter(None, map(oracle.check, conditions)), None):
        found.append(_problem(spec, "tune.oracle", message))
    if pruner is not None and not oracle.ends_trials:
        faults = [pruner.check(entry) for entry in conditions]
        if all(faults):
            found.append(_problem(spec, "tune.pruner", str(faults[0])))
    return found


def _conditions(
    spec: Spec,
    tune: Tune,
    stages: Sequence[TuneStage],
    space: SearchSpace,
    num_trials: Callable[[StageConditions], int | None],
) -> list[StageConditions]:
    """Return the conditions of each stage; `num_trials` returns the largest number of trials under conditions."""
    is_validated = SweepObjective.of(spec).monitor.startswith("val_")
    runs = tune.executions * spec.data.num_runs
    longest = longest_training(spec, space)
    every = spec.train.validate_.every_epochs
    if _has_stages(spec, space):
        # The last epoch of each stage of the training is validated.
        every = min(every, max(longest))
    searches_epochs = "train.epochs" in space.paths
    found: list[StageConditions] = []
    trials: int | None = 0
    for stage in stages:
        conditions = StageConditions(
            space=space,
            epochs=sum(longest) if searches_epochs or _has_stages(spec, space) else stage.epochs or sum(longest),
            trials=stage.trials,
            every_epochs=every if is_validated else 1,
        )
        of_stage = num_trials(conditions)
        trials = None if trials is None or of_stage is None else trials + of_stage
        found.append(replace(conditions, num_others=None if trials is None else (trials - 1) * runs))
    return found


def _has_stages(spec: Spec, space: SearchSpace) -> bool:
    """Return whether trainings of trials can have stages."""
    return spec.train.stages is not None or "train.stages" in space.paths


def _unused_epochs(spec: Spec, space: SearchSpace) -> Iterator[Problem]:
    """Yield the problem of a space over epochs that no stage of the training uses."""
    own = [
        has_own_epochs(spec.train, number) or any(path in space.paths for path in epochs_paths(spec.train, number))
        for number in range(len(spec.train.stages or ()))
    ]
    if "train.epochs" in space.paths and own and all(own):
        message = "all stages of the training have their own epochs; search train.stages.0.epochs instead"
        yield _of_space(spec, "train.epochs", message)


def _execution_problems(spec: Spec, tune: Tune, space: SearchSpace) -> Iterator[Problem]:
    """Yield the problems of spaces over values that the runs of one trial differ in."""
    if tune.executions > 1 and "seed" in space.paths:
        message = "each execution has its own seed; remove seed from the space, or set tune.executions to 1"
        yield _problem(spec, "tune.executions", message)
    if "data.folds" in space.paths:
        message = "scores of different folds cannot be compared; set data.folds itself, for all trials"
        yield _of_space(spec, "data.folds", message)
    if "data.fold" in space.paths and spec.data.is_cross_validation:
        message = "each trial trains every fold; remove data.fold from the space"
        yield _of_space(spec, "data.fold", message)


def _stage_problems(spec: Spec, stages: Sequence[TuneStage], space: SearchSpace) -> Iterator[Problem]:
    """Yield the problems of stages that narrow nothing, widen nothing, or set epochs that trials do not use."""
    has_ranges = any(isinstance(parameter.space, Range) for parameter in space.parameters)
    nodes = spec.tree.entries["tune"].entries["stages"].items
    for number, (stage, node) in enumerate(zip(stages, nodes, strict=False)):
        key, message = "widen", ""
        if stage.epochs is not None and _has_stages(spec, space):
            yield Problem(node.key_mark("epochs"), f"tune.stages.{number}.epochs", f"{_STAGES}; remove it")
        if number == 0 and (stage.narrow is not None or stage.widen):
            key = "narrow" if stage.narrow is not None else "widen"
            message = f"the first stage searches the whole space; remove {key}"
        elif stage.widen and stage.narrow is None:
            message = "widen continues ranges that narrow has narrowed; add narrow, or remove widen"
        elif stage.widen and not has_ranges:
            message = "widen continues ranges, but the space has only choices; remove widen"
        if message:
            yield Problem(node.key_mark(key), f"tune.stages.{number}.{key}", message)


def _epochs_of_oracle(spec: Spec, tune: Tune, space: SearchSpace) -> Iterator[Problem]:
    """Yield the problems of an oracle that decides after which epochs trials end."""
    name = (split_component(tune.oracle) or ("the oracle",))[0] if tune.oracle is not None else "the oracle"
    if tune.pruner is not None and tune.pruner.value is not None:
        yield _problem(spec, "tune.pruner", f"{name} ends the trials that are worse; remove the pruner")
    if _has_stages(spec, space):
        yield _problem(
            spec, "tune.oracle", f"{name} decides about the epochs of each trial, but {_STAGES}; use another"
        )
    if "train.epochs" in space.paths:
        message = f"{name} decides about the epochs of each trial; set train.epochs itself, to the largest number"
        yield _of_space(spec, "train.epochs", message)


def _of_space(spec: Spec, path: str, message: str) -> Problem:
    node = spec.tree.entries["tune"].entries["space"]
    return Problem(node.key_mark(path), f"{node.path}.{path}", message)


def _problem(spec: Spec, path: str, message: str) -> Problem:
    return Problem(spec.place(path), path, message)
