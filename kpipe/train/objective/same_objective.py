"""The comparison of two objectives."""

from __future__ import annotations

from typing import Any

from kpipe.keras_internals import function_arguments
from kpipe.train.objective.objective import Objective, TargetObjective


def same_objective(one: Objective, other: Objective) -> bool:
    """Return whether the losses, metrics, names of metrics and forms of labels are equal.

    Objects of custom classes are never equal, since their configuration may not contain all arguments.

    Args:
        one: an objective.
        other: another objective of the same model.
    """
    if list(one.targets) != list(other.targets):
        return False
    return all(_same_target(one.targets[name], other.targets[name]) for name in one.targets)


def _same_target(one: TargetObjective, other: TargetObjective) -> bool:
    if (one.form, one.logits, one.weight) != (other.form, other.logits, other.weight):
        return False
    pairs = [[item.make_loss(), *item.make_metrics()] for item in (one, other)]
    return len(pairs[0]) == len(pairs[1]) and all(map(_same_object, *pairs))


def _same_object(one: Any, other: Any) -> bool:
    is_known = type(one).__module__.partition(".")[0] in ("keras", "kpipe")
    if not is_known or type(one) is not type(other) or one.get_config() != other.get_config():
        return False
    # The configuration of a metric that wraps a function may not contain the arguments of the function.
    kwargs = [function_arguments(item) for item in (one, other)]
    return bool(kwargs[0] == kwargs[1])
