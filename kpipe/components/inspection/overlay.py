"""Lookup of facts about Keras' components that their signatures and docstrings do not state."""

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
    transform,
)
from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.rule import Rule

#: The overlays by kind; other kinds have no components of a library.
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
    "transform": transform.OVERLAY,
}
_EMPTY = Overlay()


def overlay(kind: str) -> Overlay:
    """Return the overlay of a kind, which is empty for kinds without components of Keras."""
    return OVERLAYS.get(kind, _EMPTY)


def rule_for(kind: str, class_name: str, argument: str) -> Rule | None:
    """Return the rule for an argument of a class, or None.

    Args:
        kind: the kind of the class.
        class_name: the name in the definition of the class, not an alias.
        argument: the name of the argument.
    """
    key = key_for(kind, class_name, argument)
    return overlay(kind).rules[key] if key is not None else None


@cache
def key_for(kind: str, class_name: str, argument: str) -> str | None:
    """Return the key of the rule for an argument, or None."""
    full = f"{class_name}.{argument}"
    keys = reversed(overlay(kind).rules)
    return next((key for key in keys if fnmatchcase(full if "." in key else argument, key)), None)


def withheld(kind: str, class_name: str, argument: str) -> str | None:
    """Return why an argument cannot be set in a spec, or None."""
    full = f"{class_name}.{argument}"
    reasons = overlay(kind).withheld.items()
    return next((reason for pattern, reason in reasons if fnmatchcase(full, pattern)), None)


def renamed(kind: str, class_name: str, argument: str) -> str | None:
    """The present name of an argument of an earlier version of the library, or the remedy; None where it is unknown."""
    full = f"{class_name}.{argument}"
    names = overlay(kind).renamed.items()
    return next((now for key, now in names if fnmatchcase(full if "." in key else argument, key)), None)
