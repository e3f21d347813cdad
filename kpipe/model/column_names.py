"""Uniqueness of metric names, which are columns of `history.csv` and keys of `result.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpipe.errors import Link, Mark, Problem

#: Names of other columns and values, with their meaning.
RESERVED: Mapping[str, str] = {
    "epoch": "the column of epochs",
    "stage": "the column of stages",
    "step": "the column of steps in validations.csv",
    "learning_rate": "the column of learning rates",
    "seconds": "the column of seconds",
    "last": "the value of train.choose for the last epoch",
}
#: Keys of predictions with several targets, which targets cannot have as names.
RESERVED_TARGETS: Mapping[str, str] = {"sample": "the name of a sample", "error": "the reason of a failure"}
_PREFIX = "val_"


@dataclass(frozen=True)
class Measure:
    """A metric or a target with its place.

    Args:
        name: name of the metric or target.
        mark: its place; None if it is not in the spec.
        path: dotted path in the spec.
    """

    name: str
    mark: Mark | None = None
    path: str = ""


def column_problems(targets: Sequence[tuple[Measure, Sequence[Measure]]]) -> list[Problem]:
    """Return the problems of names of targets and metrics that result in duplicate columns.

    A column has the name of its metric, or `TARGET_METRIC` with several targets; `loss` is then the sum of the losses
    `TARGET_loss`. Columns of the validation part begin with `val_`.

    Args:
        targets: each target with its known metrics.

    Example:
        >>> problems = column_problems([(Measure("kind"), []), (Measure("val"), [])])
        >>> print(problems[0].message)
        duplicate name 'val_loss': the loss of target 'val' and the loss of the validation part; rename the target in \
the data
    """
    problems = []
    is_one = len(targets) == 1
    for target, _ in () if is_one else targets:
        if message := _target_fault(target.name):
            problems.append(Problem(target.mark, target.path, message))
    taken = {"loss": Measure("loss")} if is_one else {"loss": Measure("the sum of all losses")}
    wrong_paths = {problem.path for problem in problems}
    for name, description, measure, owner in _columns(targets, is_one):
        if owner.path in wrong_paths and not is_one:
            continue
        message = _fault(name, description, taken)
        if message is None:
            taken[name] = Measure(description, measure.mark, measure.path)
            continue
        first = taken.get(name)
        related = (Link(first.mark, first.name),) if first is not None and first.mark is not None else ()
        problems.append(Problem(measure.mark, measure.path, message, related=related))
    return problems


def _columns(
    targets: Sequence[tuple[Measure, Sequence[Measure]]], is_one: bool
) -> Iterator[tuple[str, str, Measure, Measure]]:
    """The name of each column, its description, its metric or target, and its target."""
    for target, metrics in targets:
        if not is_one:
            yield f"{target.name}_loss", f"the loss of target {target.name}", target, target
        for metric in metrics:
            name = metric.name if is_one else f"{target.name}_{metric.name}"
            yield name, f"the metric {metric.name}" + ("" if is_one else f" of target {target.name}"), metric, target


def _target_fault(name: str) -> str | None:
    remedy = "rename the target in the data"
    if f"{name}_".startswith(_PREFIX):
        return (
            f"duplicate name '{name}_loss': the loss of target {name!r} and the loss of the validation part; {remedy}"
        )
    if name in RESERVED_TARGETS:
        return f"reserved name {name!r}: {RESERVED_TARGETS[name]} in predictions of several targets; {remedy}"
    return None


def _fault(name: str, description: str, taken: Mapping[str, Measure]) -> str | None:
    remedy = "change the `name` of the metric" + (" or rename the target" if " of target " in description else "")
    if name in taken:
        other = taken[name].name
        both = (
            f"{description} and {'the loss' if other == 'loss' else other}" if other != description else "two metrics"
        )
        return f"duplicate name {name!r}: {both}; {remedy}"
    if name in RESERVED:
        return f"duplicate name {name!r}: {description} and {RESERVED[name]}; {remedy}"
    if name.startswith(_PREFIX):
        return f"reserved name {name!r}: {description} has the prefix of the validation part, val_; {remedy}"
    return None
