"""The places of a stage in the spec that the user has written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kpipe.checks.static.finding import Finding
from kpipe.errors import Problem, SpecError
from kpipe.train.stages.stage import Stage


@contextmanager
def stage_places(stage: Stage | None) -> Iterator[None]:
    """Report errors about the spec of a stage at the paths of the whole spec.

    A value of the stage has its own path, such as `train.stages.1.optimizer`. Where another value is wrong in the
    stage, the message begins with the stage.

    Args:
        stage: the stage; None for a training without stages, whose errors are unchanged.
    """
    try:
        yield
    except SpecError as error:
        if stage is None:
            raise
        raise SpecError([problem_of_stage(problem, stage) for problem in error.problems]) from error


def problem_of_stage(problem: Problem, stage: Stage) -> Problem:
    """Return a problem of the spec of a stage with its path in the whole spec.

    Args:
        problem: the problem.
        stage: the stage.
    """
    path = path_of_stage(problem.path, stage)
    if path.startswith("train.stages."):
        return replace(problem, path=path)
    return replace(problem, message=f"in {stage.title}: {problem.message}")


def problems_of_stages(found: Sequence[tuple[Stage, Problem]], count: int) -> list[Problem]:
    """Return the problems of several stages with their paths in the whole spec; one that all have is reported once.

    Args:
        found: each problem with its stage.
        count: the number of stages that were checked.
    """
    keys = Counter((problem.mark, problem.path, problem.message) for _, problem in found)
    made: dict[tuple[Any, str, str], Problem] = {}
    for stage, problem in found:
        is_common = count > 1 and keys[problem.mark, problem.path, problem.message] == count
        made_problem = problem if is_common else problem_of_stage(problem, stage)
        made.setdefault((made_problem.mark, made_problem.path, made_problem.message), made_problem)
    return list(made.values())


def finding_of_stage(finding: Finding, stage: Stage | None) -> Finding:
    """Return what a check of the spec of a stage has found with its path in the whole spec.

    Args:
        finding: the finding.
        stage: the stage; None for a training without stages.
    """
    return finding if stage is None else replace(finding, path=path_of_stage(finding.path, stage))


def path_of_stage(path: str, stage: Stage) -> str:
    """Return the path in the whole spec of a value in the spec of a stage.

    Args:
        path: the path in the spec of the stage.
        stage: the stage.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> from kpipe.train.stages.stages_of import stages_of
        >>> spec = checked("kpipe:iris", {"train.stages": [{"epochs": 2}, {"data": {"batch_size": 8}}]})
        >>> [path_of_stage("data.batch_size", stage) for stage in stages_of(spec)]
        ['data.batch_size', 'train.stages.1.data.batch_size']
    """
    node, parts = stage.spec.tree, path.split(".")
    for number, part in enumerate(parts, start=1):
        index = int(part) if part.isdigit() else -1
        child = node.items[index] if 0 <= index < len(node.items) else node.get(part)
        if child is None:
            return path
        node = child
        written, expected = node.path, ".".join(parts[:number])
        if written and written != expected and written.startswith("train.stages."):
            return ".".join([written, *parts[number:]])
    return path
