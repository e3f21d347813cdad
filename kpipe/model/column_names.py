"""The names of what a training measures, as columns of `history.csv` and keys of `result.json`: each appears once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpipe.errors import Link, Mark, Problem

#: Names that are taken, with what has them.
RESERVED: Mapping[str, str] = {
    "epoch": "the column of epochs",
    "step": "the column of steps in validations.csv",
    "learning_rate": "the column of learning rates",
    "seconds": "the column of seconds",
    "last": "the value of train.choose for the last epoch",
}
#: Names of targets that predictions use themselves, where there are several targets.
RESERVED_TARGETS: Mapping[str, str] = {"sample": "the name of a sample", "error": "the reason of a failure"}
_PREFIX = "val_"


@dataclass(frozen=True)
class Measure:
    """A metric or a target, with its place.

    Args:
        name: its name.
        mark: where it is written; None where it is not.
        path: dotted path in the spec.
    """

    name: str
    mark: Mark | None = None
    path: str = ""


def column_problems(targets: Sequence[tuple[Measure, Sequence[Measure]]]) -> list[Problem]:
    """Why names of targets and metrics would make two columns the same; empty where each has a name of its own.

    A column is called like its metric, with several targets `TARGET_METRIC`; `loss` is the sum of the losses
    `TARGET_loss`; those of the validation part begin with `val_`.

    Args:
        targets: each target with its metrics, as far as they are known.

    Example:
        >>> problems = column_problems([(Measure("kind"), []), (Measure("val"), [])])
        >>> print(problems[0].message)
        the loss of a target 'val' would be called val_loss, as that of the validation part; rename the target in the \
data
    """
    problems = []
    is_one = len(targets) == 1
    for target, _ in () if is_one else targets:
        if message := _target_fault(target.name):
            problems.append(Problem(target.mark, target.path, message))
    taken = {"loss": Measure("loss")} if is_one else {"loss": Measure("the sum of all losses")}
    at_fault = {problem.path for problem in problems}
    for name, what, measure, owner in _columns(targets, is_one):
        if owner.path in at_fault and not is_one:
            continue
        message = _fault(name, what, taken)
        if message is None:
            taken[name] = Measure(what, measure.mark, measure.path)
            continue
        first = taken.get(name)
        related = (Link(first.mark, first.name),) if first is not None and first.mark is not None else ()
        problems.append(Problem(measure.mark, measure.path, message, related=related))
    return problems


def _columns(
    targets: Sequence[tuple[Measure, Sequence[Measure]]], is_one: bool
) -> Iterator[tuple[str, str, Measure, Measure]]:
    """The name of each column, what it is in words, where that is written, and its target."""
    for target, metrics in targets:
        if not is_one:
            yield f"{target.name}_loss", f"the loss of target {target.name}", target, target
        for metric in metrics:
            name = metric.name if is_one else f"{target.name}_{metric.name}"
            yield name, f"the metric {metric.name}" + ("" if is_one else f" of target {target.name}"), metric, target


def _target_fault(name: str) -> str | None:
    remedy = "rename the target in the data"
    if f"{name}_".startswith(_PREFIX):
        return f"the loss of a target {name!r} would be called {name}_loss, as that of the validation part; {remedy}"
    if name in RESERVED_TARGETS:
        return f"{name!r} is {RESERVED_TARGETS[name]} in predictions of several targets; {remedy}"
    return None


def _fault(name: str, what: str, taken: Mapping[str, Measure]) -> str | None:
    remedy = "give the metric another `name`" + (" or rename the target" if " of target " in what else "")
    if name in taken:
        other = taken[name].name
        return f"{what} would be called {name!r}, as {'the loss' if other == 'loss' else other}; {remedy}"
    if name in RESERVED:
        return f"{what} would be called {name!r}, as {RESERVED[name]}; {remedy}"
    if name.startswith(_PREFIX):
        return f"{what} would be called {name!r}, as if it were of the validation part; {remedy}"
    return None
