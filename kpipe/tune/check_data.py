"""The check of a sweep against its data, before the first trial."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.space_check import edge_values
from kpipe.checks.sweep_objective import objective_problems
from kpipe.components.registry.registry import using
from kpipe.errors import SpecError
from kpipe.model.metric_columns import metric_columns
from kpipe.train.setup.check_dataset import check_dataset
from kpipe.train.setup.split_data import split_data
from kpipe.tune.sweep_plan import SweepPlan

#: The values of the section `data` that decide which samples are read and how they are split.
_KEYS = ("source", "group", "folds", "fold", "validation", "test", "max_bad", "max_pixels")

Say = Callable[[str], None]


def check_data(plan: SweepPlan, say: Say) -> None:
    """Open and split the data, so that an error that trials would share is reported before the first one.

    If the space decides about the data, this is repeated for each bound and each option that does.

    Args:
        plan: the plan of the sweep.
        say: receives each different message about the data.

    Raises:
        SpecError: the section `data`, a value of the space, or the objective does not fit the data.
        DataError: the data cannot be used.
    """
    seen: set[str] = set()
    said: set[str] = set()

    def say_once(text: str) -> None:
        if text not in said:
            said.add(text)
            say(text)

    for spec in _specs(plan):
        if (key := _key(spec)) not in seen:
            seen.add(key)
            _check(spec, say_once)


def _specs(plan: SweepPlan) -> Iterator[CheckedSpec]:
    """Yield the spec with all values of the space that decide about its data."""
    spec, holder = plan.spec, plan.tune.space
    values = {
        path: [(path, value, holder.key_mark(path)) for value in edges]
        for path, edges in edge_values(plan.space).items()
    }
    key = _key(spec)
    deciding = {
        path: edges for path, edges in values.items() if any(_key(spec.with_values([edge])) != key for edge in edges)
    }
    first = [edges[0] for edges in deciding.values()]
    yield spec.with_values(first)
    for path, edges in deciding.items():
        for edge in edges[1:]:
            yield spec.with_values([*(other for other in first if other[0] != path), edge])


def _key(spec: CheckedSpec) -> str:
    """Return what decides about the samples and their split, as text."""
    section = spec.tree.entries["data"]
    values = [spec.evaluated(section.entries[key]).plain() for key in _KEYS]
    return json.dumps([spec.seed, values], sort_keys=True)


def _check(spec: CheckedSpec, say: Say) -> None:
    with using(spec.code.in_use):
        dataset, parts = split_data(spec, say)
        for finding in check_dataset(spec, dataset, parts, say):
            say(finding.message)
    tasks = {name: target.task for name, target in dataset.targets.items()}
    if problems := objective_problems(spec, metric_columns(spec, tasks, has_validation="validation" in parts)):
        raise SpecError(problems)
