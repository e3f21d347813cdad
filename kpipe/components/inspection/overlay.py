"""What is known about components beyond their signatures and docstrings: ranges, objects, enumerations, exclusions."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from kpipe.components.inspection.overlays import (
    application,
    callback,
    constraint,
    initializer,
    layer,
    loss,
    metric,
    optimizer,
    regularizer,
    schedule,
)
from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.rule import Rule

#: By kind; other kinds have no components of Keras.
OVERLAYS: dict[str, Overlay] = {
    "layer": layer.OVERLAY,
    "application": application.OVERLAY,
    "initializer": initializer.OVERLAY,
    "regularizer": regularizer.OVERLAY,
    "constraint": constraint.OVERLAY,
    "loss": loss.OVERLAY,
    "metric": metric.OVERLAY,
    "optimizer": optimizer.OVERLAY,
    "schedule": schedule.OVERLAY,
    "callback": callback.OVERLAY,
}
_NONE = Overlay()


def overlay(kind: str) -> Overlay:
    """What is known about the components of a kind."""
    return OVERLAYS.get(kind, _NONE)


def rule_for(kind: str, class_name: str, argument: str) -> Rule | None:
    """The rule for an argument of a class, or None.

    Args:
        kind: the kind of the class.
        class_name: the name in its definition, not an alias.
        argument: the argument's name.
    """
    key = key_for(kind, class_name, argument)
    return overlay(kind).rules[key] if key is not None else None


@cache
def key_for(kind: str, class_name: str, argument: str) -> str | None:
    """The key of the rule for an argument, or None."""
    full = f"{class_name}.{argument}"
    keys = reversed(overlay(kind).rules)
    return next((key for key in keys if fnmatchcase(full if "." in key else argument, key)), None)


def withheld(kind: str, class_name: str, argument: str) -> str | None:
    """Why a spec cannot give this argument, or None where it can."""
    full = f"{class_name}.{argument}"
    reasons = overlay(kind).withheld.items()
    return next((reason for pattern, reason in reasons if fnmatchcase(full, pattern)), None)
